"""Every table of the house, so that one import fills the metadata."""

from outcomes.records.tables.accounts import (
    AccountLink,
    Challenge,
    Passkey,
    RecoveryCode,
    SignIn,
    SignInAttempt,
    UsedCode,
    User,
)
from outcomes.records.tables.assessments import Assessment, Protocol, Score, Visit
from outcomes.records.tables.clinics import Clinic, Invitation, Membership
from outcomes.records.tables.patients import (
    CaseDefinition,
    Consent,
    NamePrefix,
    Patient,
    PatientEnding,
    PatientKey,
)
from outcomes.records.tables.self_reports import ActivityScore, DiaryDay, OwnActivity, Reminder, SelfReport
from outcomes.records.tables.signatures import Signature, SignatureVoid
from outcomes.records.tables.trail import AnchorMark, AuditEntry, AuditSeal, ChainHead
from outcomes.records.tables.treatments import (
    AdverseEvent,
    Arm,
    Course,
    Donor,
    DonorScreening,
    Exposure,
    Infusion,
    Lot,
)
from outcomes.records.tables.workings import (
    Draft,
    IdempotencyKey,
    ImportMapping,
    ImportRun,
    ReadLog,
    Release,
    ResponderDefinition,
)

__all__ = [
    "AccountLink",
    "ActivityScore",
    "AdverseEvent",
    "AnchorMark",
    "Arm",
    "Assessment",
    "AuditEntry",
    "AuditSeal",
    "CaseDefinition",
    "ChainHead",
    "Challenge",
    "Clinic",
    "Consent",
    "Course",
    "DiaryDay",
    "Donor",
    "DonorScreening",
    "Draft",
    "Exposure",
    "IdempotencyKey",
    "ImportMapping",
    "ImportRun",
    "Infusion",
    "Invitation",
    "Lot",
    "Membership",
    "NamePrefix",
    "OwnActivity",
    "Passkey",
    "Patient",
    "PatientEnding",
    "PatientKey",
    "Protocol",
    "ReadLog",
    "Reminder",
    "RecoveryCode",
    "Release",
    "ResponderDefinition",
    "Score",
    "SelfReport",
    "SignIn",
    "SignInAttempt",
    "Signature",
    "SignatureVoid",
    "UsedCode",
    "User",
    "Visit",
]
