"""The shared words of the house: enumerations every floor may use.

A value written here is stored in databases and files. It is never renamed, only added to.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a member of a clinic is there for."""

    CLINICIAN = "clinician"
    PATIENT = "patient"
    RESEARCHER = "researcher"
    ADMINISTRATOR = "administrator"


class Language(StrEnum):
    """A language of the interface (BCP 47)."""

    ENGLISH = "en"
    TURKISH = "tr"


class Better(StrEnum):
    """Which way a scale points: whether lower or higher scores mean better health."""

    LOWER = "lower"
    HIGHER = "higher"


class Verdict(StrEnum):
    """What can be said of one person's change from the baseline before FMT."""

    BETTER_BEYOND = "better_beyond"
    BETTER_WITHIN = "better_within"
    NO_CHANGE = "no_change"
    WORSE_WITHIN = "worse_within"
    WORSE_BEYOND = "worse_beyond"
    NOT_MEASURABLE = "not_measurable"


class ErrorKind(StrEnum):
    """Where a measurement error comes from. Only the first two cover day-to-day variation."""

    OWN_BASELINES = "own_baselines"
    RETEST = "retest"
    SCORE_LEVEL = "score_level"
    INTERNAL_CONSISTENCY = "internal_consistency"


class Domain(StrEnum):
    """What a scale measures, in the order in which screens show it."""

    FATIGUE = "fatigue"
    COGNITION = "cognition"
    QUALITY_OF_LIFE = "quality_of_life"
    FUNCTION = "function"
    SYMPTOMS = "symptoms"
    MOOD = "mood"
    IMPRESSION = "impression"
    MARKER = "marker"


class LicencePolicy(StrEnum):
    """Whether an instrument's item wording may ship with the program."""

    BUNDLED = "bundled"
    LOCAL_PACK = "local_pack"
    SCORE_ONLY = "score_only"


class AnsweredBy(StrEnum):
    """Who gave the answers, and how they reached the record."""

    SELF = "self"
    PROXY = "proxy"
    CLINICIAN_READ = "clinician_read"
    PAPER = "paper"


class AssessmentState(StrEnum):
    """How far an assessment has come."""

    DRAFT = "draft"
    COMPLETE = "complete"
    SIGNED = "signed"


class VisitState(StrEnum):
    """How far a recorded visit has come. It follows from its signatures; nothing of it is stored."""

    DRAFT = "draft"
    COMPLETE = "complete"
    SIGNED = "signed"
    UNLOCKED = "unlocked"


class Meaning(StrEnum):
    """What a signature on a visit means (21 CFR 11.50)."""

    REVIEWED = "reviewed"
    RESPONSIBLE = "responsible"
    AUTHORED = "authored"


class ChangeReason(StrEnum):
    """Why a stored value is changed, a record taken back, or a signed visit unlocked."""

    MISTYPED = "mistyped"
    NEW_INFORMATION = "new_information"
    ASKED_AGAIN = "asked_again"
    CHANGED_SINCE = "changed_since"
    WRONG_RECORD = "wrong_record"
    OTHER = "other"


class Absence(StrEnum):
    """Why a score is not there. Missing is never zero."""

    TOO_ILL = "too_ill"
    SKIPPED = "skipped"
    ITEMS_MISSING = "items_missing"
    NOT_ASKED = "not_asked"
    OUT_OF_RANGE = "out_of_range"
    TOTAL_ONLY = "total_only"


class Sex(StrEnum):
    """Sex as recorded by the clinic."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """Severity of ME/CFS on one day, after NICE NG206 (2021), Box 1."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    VERY_SEVERE = "very_severe"


class CaseDefinitionName(StrEnum):
    """Published case definitions of ME/CFS."""

    FUKUDA_1994 = "fukuda_1994"
    CANADIAN_2003 = "canadian_2003"
    ICC_2011 = "icc_2011"
    IOM_2015 = "iom_2015"
    NICE_2021 = "nice_2021"


class Onset(StrEnum):
    """How the illness began."""

    SUDDEN = "sudden"
    GRADUAL = "gradual"
    UNKNOWN = "unknown"


class Trigger(StrEnum):
    """What the illness began with."""

    INFECTION = "infection"
    GASTROINTESTINAL_INFECTION = "gastrointestinal_infection"
    COVID_19 = "covid_19"
    OTHER = "other"
    NONE_KNOWN = "none_known"


class WorkStatus(StrEnum):
    """Work or study now."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    SICK_LEAVE = "sick_leave"
    DISABILITY = "disability"
    STUDYING = "studying"
    HOME = "home"
    RETIRED = "retired"
    UNKNOWN = "unknown"


class Comorbidity(StrEnum):
    """Conditions that often go with ME/CFS."""

    IBS = "ibs"
    FIBROMYALGIA = "fibromyalgia"
    ORTHOSTATIC_INTOLERANCE = "orthostatic_intolerance"
    MCAS = "mcas"
    HEDS = "heds"
    DEPRESSION = "depression"
    ANXIETY = "anxiety"
    MIGRAINE = "migraine"


class EntryBasis(StrEnum):
    """Why a patient came into treatment; a qualifying score invites regression to the mean."""

    REFERRAL = "referral"
    QUALIFYING_SCORE = "qualifying_score"
    TRIAL = "trial"
    UNKNOWN = "unknown"


class Intent(StrEnum):
    """Under which heading a course of FMT is given."""

    CLINICAL = "clinical"
    TRIAL = "trial"
    COMPASSIONATE = "compassionate"


class Route(StrEnum):
    """How the material reaches the gut."""

    COLONOSCOPY = "colonoscopy"
    SIGMOIDOSCOPY = "sigmoidoscopy"
    ENEMA = "enema"
    NASODUODENAL = "nasoduodenal"
    GASTROSCOPY = "gastroscopy"
    CAPSULE = "capsule"


class Material(StrEnum):
    """What is given."""

    DONOR = "donor"
    AUTOLOGOUS = "autologous"
    PLACEBO = "placebo"
    CULTURED = "cultured"
    DEFINED = "defined"


class MaterialState(StrEnum):
    """In what state the material is given."""

    FRESH = "fresh"
    FROZEN = "frozen"
    LYOPHILISED = "lyophilised"


class DonorKind(StrEnum):
    """How a donor stands to the patients."""

    RELATED = "related"
    UNIVERSAL = "universal"
    POOLED = "pooled"
    BANK = "bank"


class ScreeningResult(StrEnum):
    """Outcome of one donor screening."""

    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"


class ExposureKind(StrEnum):
    """Something other than FMT that may move scores."""

    DIET = "diet"
    DRUG = "drug"
    ANTIBIOTIC = "antibiotic"
    PROBIOTIC = "probiotic"
    INFECTION = "infection"
    TRAVEL = "travel"
    CRASH = "crash"
    OTHER = "other"


class Relation(StrEnum):
    """Causal relation of an adverse event, as judged by a clinician (ICH E2A wording)."""

    UNRELATED = "unrelated"
    UNLIKELY = "unlikely"
    POSSIBLE = "possible"
    PROBABLE = "probable"
    DEFINITE = "definite"


class Seriousness(StrEnum):
    """Why an adverse event is serious (ICH E2A)."""

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    CONGENITAL = "congenital"
    IMPORTANT_MEDICAL = "important_medical"


class EventOutcome(StrEnum):
    """How an adverse event ended."""

    RECOVERED = "recovered"
    RECOVERING = "recovering"
    NOT_RECOVERED = "not_recovered"
    SEQUELAE = "sequelae"
    FATAL = "fatal"
    UNKNOWN = "unknown"


class Ending(StrEnum):
    """Why no further scores are to be expected of a patient."""

    DEATH = "death"
    WITHDRAWAL = "withdrawal"
    LOST = "lost"


class ErasureGround(StrEnum):
    """Why a patient was erased. A word alone: what somebody typed would outlive the erasure."""

    ASKED = "asked"
    WITHDREW_CONSENT = "withdrew_consent"
    NO_LONGER_NEEDED = "no_longer_needed"
    ORDERED = "ordered"


class Purpose(StrEnum):
    """What a patient consents to, one at a time."""

    RECORD = "record"
    RESEARCH_AGGREGATE = "research_aggregate"
    RESEARCH_RECORD_LEVEL = "research_record_level"
    REMINDERS = "reminders"
    CARER_ACCESS = "carer_access"


class Reached(StrEnum):
    """How a visit took place."""

    CLINIC = "clinic"
    VIDEO = "video"
    TELEPHONE = "telephone"
    POST = "post"
    HOME = "home"
    ONLINE = "online"
    IMPORTED = "imported"


class ReleaseState(StrEnum):
    """How far a release has come. Only an approved one can be taken."""

    BUILDING = "building"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"
    BUILT = "built"
    APPROVED = "approved"
    RETIRED = "retired"


class ScriptState(StrEnum):
    """How far a script for the safe room has come."""

    RUNNING = "running"
    FAILED = "failed"
    WAITING = "waiting"
    PASSED_ON = "passed_on"
    HELD_BACK = "held_back"


class LinkKind(StrEnum):
    """What a link sent to an account's own e-mail address is for."""

    RESET = "reset"
    SIGN_IN = "sign_in"


class Standing(StrEnum):
    """How far somebody with a sign-in has come: only the last of these is let in to anything."""

    OWES_FACTOR = "owes_factor"
    SETS_UP = "sets_up"
    LOCKED = "locked"
    FULL = "full"
