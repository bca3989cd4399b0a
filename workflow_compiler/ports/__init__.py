"""What node behaviours need from the world, as ports that a run's context carries.

The library itself does no I/O: time, models and functions come in through here. `RunContext` is the
LangGraph context of every compiled graph; a foreign program may leave it out and gets the system's
clock and the offline model.
"""

from workflow_compiler.ports.bodies import Bodies, Body, NoBodies
from workflow_compiler.ports.clock import Clock, SystemClock, WallClock
from workflow_compiler.ports.context import NodeContext, NoWaits, RunContext, Waits
from workflow_compiler.ports.http import Http, HttpRequest, HttpResponse, NoHttp
from workflow_compiler.ports.models import ChatModel, ChatModels, NoChatModels
from workflow_compiler.ports.nothing import NOTHING
from workflow_compiler.ports.remembering import NodeCache, NoNodeCache
from workflow_compiler.ports.reporting import (
    NO_COURSE,
    Course,
    NoCourse,
    Reporter,
    Room,
    Tap,
    unbounded,
    unheard,
)
from workflow_compiler.ports.secrets import NoSecrets, Secrets
from workflow_compiler.ports.sub_runs import NoSubRuns, SubRun, SubRunEnded, SubRuns
from workflow_compiler.ports.threads import MAX_THREADS, Function, in_thread
from workflow_compiler.ports.tools import Accomplished, Agents, Assignment, NoAgents, NoTools, Tools

__all__ = [
    "MAX_THREADS",
    "NOTHING",
    "NO_COURSE",
    "Accomplished",
    "Agents",
    "Assignment",
    "Bodies",
    "Body",
    "ChatModel",
    "ChatModels",
    "Clock",
    "Course",
    "Function",
    "Http",
    "HttpRequest",
    "HttpResponse",
    "NoAgents",
    "NoBodies",
    "NoChatModels",
    "NoCourse",
    "NoHttp",
    "NoNodeCache",
    "NoSecrets",
    "NoSubRuns",
    "NoTools",
    "NoWaits",
    "NodeCache",
    "NodeContext",
    "Reporter",
    "Room",
    "RunContext",
    "Secrets",
    "SubRun",
    "SubRunEnded",
    "SubRuns",
    "SystemClock",
    "Tap",
    "Tools",
    "Waits",
    "WallClock",
    "in_thread",
    "unbounded",
    "unheard",
]
