"""Tables and constraints. Reads and writes are in ``queries`` and ``services``."""

from assistants_app.models.assistants import Assistant, ValueSet
from assistants_app.models.checks import JudgeCall
from assistants_app.models.citations import Citation
from assistants_app.models.code_sessions import CodeSession, SessionFile
from assistants_app.models.compare import (
    Comparison,
    ComparisonColumn,
    ComparisonLane,
    ComparisonVote,
    ReplacedDraft,
)
from assistants_app.models.direct_calls import DirectCall
from assistants_app.models.endpoints import ModelEndpoint, ModelPrice
from assistants_app.models.experiments import (
    Experiment,
    ExperimentCell,
    ExperimentGrade,
    ExperimentLease,
    ExperimentReservation,
    ExperimentRow,
    ExperimentVariant,
    PublishGate,
    RowFiles,
)
from assistants_app.models.files import File, FormerFileName, Upload, UploadPart
from assistants_app.models.kept_events import KeptEvents
from assistants_app.models.mocks import FunctionMock
from assistants_app.models.people import (
    AddressLink,
    AuditEntry,
    Comment,
    Invitation,
    Notice,
    ProjectDeletion,
    Rating,
    Session,
    Share,
    UsageLimit,
    VerifiedAddress,
)
from assistants_app.models.projects import ApiKey, Membership, Project, SignInLink
from assistants_app.models.provider_calls import ProviderCall
from assistants_app.models.receipts import Receipt
from assistants_app.models.runs import Run, RunStep
from assistants_app.models.tapes import Tape, TapeCall, TapeFile
from assistants_app.models.test_sets import (
    HeldFile,
    TestFile,
    TestRow,
    TestRowFile,
    TestSet,
    TestSetVersion,
    WorkingRow,
)
from assistants_app.models.threads import Message, Thread
from assistants_app.models.vector_stores import Chunk, FileBatch, VectorStore, VectorStoreFile
from assistants_app.models.versions import AssistantDraft, AssistantVersion, SetAsideDraft
from assistants_app.models.words import WordsState

__all__ = [
    "AddressLink",
    "ApiKey",
    "Assistant",
    "Citation",
    "AssistantDraft",
    "AssistantVersion",
    "AuditEntry",
    "CodeSession",
    "Chunk",
    "Comment",
    "Comparison",
    "ComparisonColumn",
    "ComparisonLane",
    "ComparisonVote",
    "DirectCall",
    "Experiment",
    "ExperimentCell",
    "ExperimentGrade",
    "ExperimentLease",
    "ExperimentReservation",
    "ExperimentRow",
    "ExperimentVariant",
    "File",
    "FormerFileName",
    "FileBatch",
    "FunctionMock",
    "HeldFile",
    "Invitation",
    "JudgeCall",
    "KeptEvents",
    "Membership",
    "Message",
    "ModelEndpoint",
    "ModelPrice",
    "Notice",
    "Project",
    "ProjectDeletion",
    "ProviderCall",
    "PublishGate",
    "Rating",
    "Receipt",
    "ReplacedDraft",
    "RowFiles",
    "Run",
    "RunStep",
    "Session",
    "SessionFile",
    "SetAsideDraft",
    "Share",
    "SignInLink",
    "Tape",
    "TapeCall",
    "TapeFile",
    "TestFile",
    "TestRow",
    "TestRowFile",
    "TestSet",
    "TestSetVersion",
    "Thread",
    "Upload",
    "UploadPart",
    "UsageLimit",
    "ValueSet",
    "VectorStore",
    "VectorStoreFile",
    "VerifiedAddress",
    "WordsState",
    "WorkingRow",
]
