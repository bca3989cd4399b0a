"""What can be wrong with how a process is set up."""

from __future__ import annotations

from services.errors.base import ServiceError


class DatabaseDriverError(ServiceError):
    """The database that the settings name needs a driver that is not installed."""

    def __init__(self, module: str | None) -> None:
        self.module = module
        super().__init__(
            f"this database needs the Python package {module!r}: install it first,"
            " for example with the extra workflow-compiler[postgres]"
        )


class FunctionsError(ServiceError):
    """A module whose functions `python` nodes should call cannot be used."""

    def __init__(self, module: str, why: str) -> None:
        self.module = module
        super().__init__(f"module {module!r} of WORKFLOW_FUNCTIONS cannot be used: {why}")


class KeyringSecretError(ServiceError):
    """A secret cannot be read from the keyring of the system."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(f"the secret {name!r} (WORKFLOW_KEYRING) cannot be read: {why}")


class ToolsError(ServiceError):
    """A module or server whose tools nodes should call cannot be used."""

    def __init__(self, source: str, why: str) -> None:
        self.source = source
        super().__init__(f"the tools of {source!r} cannot be used: {why}")


class DispatchError(ServiceError):
    """The way in which runs are brought to workers needs packages that are not installed."""

    def __init__(self, extra: str) -> None:
        self.extra = extra
        super().__init__(
            f"WORKFLOW_DISPATCH={extra} needs the extra workflow-compiler[{extra}]: install it"
        )


class TelemetryError(ServiceError):
    """The settings want runs to be told of in a way whose extra is not installed."""

    def __init__(self, extra: str, why: str) -> None:
        self.extra = extra
        super().__init__(
            f'this needs the extra {extra!r} ({why}): pip install "workflow-compiler[{extra}]"'
        )


class HttpAllowError(ServiceError):
    """An entry of the allow-list of `http` nodes is none."""

    def __init__(self, entry: str) -> None:
        self.entry = entry
        super().__init__(
            f"{entry!r} in WORKFLOW_HTTP_ALLOW opens nothing; write a host, host:port,"
            " or a network such as 10.0.0.0/8"
        )


class SubscriberError(ServiceError):
    """Code that wants to hear of events cannot be used."""

    def __init__(self, subscriber: str, why: str) -> None:
        self.subscriber = subscriber
        super().__init__(f"the subscriber {subscriber!r} cannot be used: {why}")


class NodeTypesError(ServiceError):
    """An installed package offers a node type that cannot be used."""

    def __init__(self, plugin: str, why: str) -> None:
        self.plugin = plugin
        super().__init__(f"the node type of the plug-in {plugin!r} cannot be used: {why}")
