"""The types of columns, and short words for the columns that most tables have."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    String,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from services.domain.debugging import Debugging

_DEBUGGING: Final = TypeAdapter(Debugging)


class Timestamp(TypeDecorator[datetime]):
    """A moment: aware and in UTC in Python, whatever the database makes of time zones."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the store takes aware times only")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyJson(TypeDecorator[Any]):
    """Any JSON, to the last digit; None is SQL's null.

    SQLite keeps numbers as its own in columns that are declared as JSON, so a document that is
    nothing but a number would be rounded. Bytes it leaves as they are.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = JSON(none_as_null=True)
    cache_ok: bool | None = True

    @override
    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        as_text = super().bind_processor(dialect)
        if as_text is None or dialect.name != "sqlite":
            return as_text

        def process(value: Any) -> Any:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return as_text(value).encode() if is_number else as_text(value)

        return process


class DebuggingJson(TypeDecorator[Debugging]):
    """How a run is being debugged; null where nobody ever did."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = JSON(none_as_null=True)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: Debugging | None, dialect: Dialect) -> Any:
        return None if value is None else _DEBUGGING.dump_python(value, mode="json")

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Debugging | None:
        return None if value is None else _DEBUGGING.validate_python(value)


class Words(TypeDecorator[str]):
    """Text that people or other programs chose, compared letter by letter on every database.

    PostgreSQL has no NUL in text, and would sort by the rules of a language: NUL is written as the
    replacement character, so that what has one is found nowhere, and the order is that of SQLite.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value.replace("\0", "\ufffd") if value is not None and "\0" in value else value


class Id(Words):
    """An id that this service made; what is asked for may be anything."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(64)
    cache_ok: bool | None = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(64)


def id_column(name: str, *constraints: ForeignKey, primary_key: bool = False) -> Column[str]:
    """The id of something that this service made."""
    return Column(name, Id(), *constraints, primary_key=primary_key, nullable=False)


def words(name: str, *, nullable: bool = True, primary_key: bool = False) -> Column[str]:
    """Text that somebody chose."""
    return Column(name, Words(), nullable=nullable and not primary_key, primary_key=primary_key)


def json_column(name: str, *, nullable: bool = True) -> Column[Any]:
    """Any JSON; None is SQL's null."""
    return Column(name, AnyJson(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    """A moment in UTC."""
    return Column(name, Timestamp(), nullable=nullable)


def count(name: str, start: int = 0) -> Column[int]:
    """A number that begins somewhere."""
    return Column(name, Integer, nullable=False, default=start)
