"""Letters that something is due, over a real mail server of this machine: to whom, when, how often, and what of it."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller
from sqlalchemy import select

from outcomes.access.passwords import hashed
from outcomes.access.scope import DOOR, EVERYTHING, reach_of
from outcomes.actions import consents, enrol
from outcomes.actions.remind import claim, is_quiet, settle
from outcomes.actions.signing_in_door import Doorway, LinkExpired
from outcomes.cli.main import run
from outcomes.exchange.letters import remember_proof
from outcomes.records.queries.reminding import Hours, addressees
from outcomes.records.session import act_as, new_session
from outcomes.records.tables import Clinic, Consent, Membership, Patient, Reminder, User
from outcomes.settings import Settings
from outcomes.terms import Ending, Language, Purpose
from tests.cast import MASTER_KEYS, make_cast
from tests.databases import AUDIT_KEY, open_test_engine
from tests.factories import NOON, TODAY, Maker, days_before, make_work
from tests.system.server import free_port

STORED = hashed("winter teapot on a quiet hill")
SECRET = "a secret for these tests alone"
TELLING = ("fmt", "me/cfs", "fatigue", "yorgun", "clinic", "klini", "hast", " ill ", "score", "puan", "treat", "tedavi")


class Box:
    """A mail server that keeps what it is given, or refuses everything."""

    def __init__(self):
        self.letters, self.refuses, self.raw = [], False, b""

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - the library's own name
        if self.refuses:
            return "451 Try again later"
        self.raw = envelope.content
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@pytest.fixture(scope="module")
def mail_server():
    server = Controller(Box(), hostname="127.0.0.1", port=free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def box(mail_server):
    mail_server.handler.letters.clear()
    mail_server.handler.refuses = False
    return mail_server.handler


@pytest.fixture
def url(sqlite_template, tmp_path):
    path = tmp_path / "records.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def settings(url, tmp_path, mail_server):
    return Settings(
        demo=False,
        data=tmp_path,
        database_url=url,
        secret_key=SECRET,
        master_keys=MASTER_KEYS,
        audit_key=AUDIT_KEY,
        port=8000,
        public_url="https://follow-up.example",
        smtp_url=f"smtp://127.0.0.1:{mail_server.port}",
        mail_from="Follow-up <letters@follow-up.example>",
    )


@pytest.fixture
def house(url, catalogue):
    """The cast, the patient treated two weeks ago, consenting to letters; and what writes more."""
    engine = open_test_engine(url)
    with new_session(engine) as session:
        cast = make_cast(session)
        make = Maker(make_work(session, cast.clinician, catalogue))
        make.known(cast.patient_id).course(days_before(14))
        enrol.give_consent(make.work, cast.patient_id, enrol.ConsentForm(Purpose.REMINDERS, TODAY, "1"))
        session.get(User, cast.users["patient"]).password_hash = STORED
        session.commit()

    def write(do):
        with new_session(engine) as session:
            act_as(session, "program")
            result = do(Maker(make_work(session, cast.clinician, catalogue)), session)
            session.commit()
        return result

    yield cast, write
    engine.dispose()


def remind(settings, *more, at=NOON):
    with time_machine.travel(at, tick=False):
        return run(["remind", *more], lambda: settings)


def proven(settings):
    remember_proof(settings, NOON)
    return settings


def test_no_letter_goes_before_a_test_letter_has(settings, house, box, capsys):
    assert remind(settings) == 2
    assert box.letters == []
    assert "mail-test" in capsys.readouterr().err


def test_a_letter_goes_once_and_again_only_when_the_window_closes(settings, house, box):
    assert remind(proven(settings)) == 0
    assert remind(settings) == 0
    assert remind(settings, at=NOON + timedelta(days=1)) == 0
    assert len(box.letters) == 1
    cast, write = house
    kinds = write(
        lambda _, session: [(each.kind, each.sent_at is not None) for each in session.scalars(select(Reminder))]
    )
    assert kinds == [("closing", True)]  # the window of the second week is seven days long
    assert box.letters[0][0] == [write(lambda _, session: session.get(User, cast.users["patient"]).email)]


def test_an_open_window_is_told_of_when_it_opens_and_before_it_closes(settings, house, box):
    _, write = house
    write(lambda make, _: make.known(house[0].patient_id).scored(TODAY, fatigue=5))
    opens, closing = NOON + timedelta(days=10), NOON + timedelta(days=20)
    for at in (NOON, opens, opens, closing, closing + timedelta(hours=3)):
        assert remind(proven(settings), at=at) == 0
    subjects = [letter["Subject"] for _, letter in box.letters]
    assert subjects == ["A few questions are waiting for you", "A few questions are still waiting for you"]


@pytest.mark.parametrize("language", list(Language))
def test_a_letter_says_nothing_of_health_and_how_to_end_it(settings, house, box, language):
    cast, write = house
    write(lambda _, session: setattr(session.get(User, cast.users["patient"]), "language", language))
    remind(proven(settings))
    ((_, letter),) = box.letters
    text = f"{letter['Subject']}\n{letter.get_content()}"
    clinic = write(lambda _, session: session.get(Clinic, cast.clinic_id).name)
    told = re.sub(r"https://\S+", "", text).casefold()
    for word in (clinic.casefold(), *TELLING):
        assert word not in told, word
    stop = letter["List-Unsubscribe"].strip("<>")
    assert stop.startswith("https://follow-up.example/letters/")
    assert stop in letter.get_content()
    assert f"List-Unsubscribe: <{stop}>\r\n".encode() in box.raw  # as it is, not folded and not encoded
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert ("hurry" in text) == (language is Language.ENGLISH)


def no_consent(make, session, cast):
    for each in session.scalars(select(Consent).where(Consent.purpose == Purpose.REMINDERS)):
        each.withdrawn_on = TODAY


def record_withdrawn(make, session, cast):
    form = enrol.ConsentForm(Purpose.RECORD, TODAY, "1", TODAY)
    enrol.give_consent(make.work, cast.patient_id, form)


def left(make, session, cast):
    make.known(cast.patient_id).ended(Ending.WITHDRAWAL, TODAY)


def answered(make, session, cast):
    make.known(cast.patient_id).scored(TODAY, fatigue=5)


def never_signed_in(make, session, cast):
    session.get(User, cast.users["patient"]).password_hash = None


def shut_out(make, session, cast):
    session.get_one(Membership, (cast.clinic_id, cast.patient.membership_id)).active = False


@pytest.mark.parametrize("change", [no_consent, record_withdrawn, left, answered, never_signed_in, shut_out])
def test_nobody_is_written_to_without_need_or_leave(settings, house, box, change):
    cast, write = house
    write(lambda make, session: change(make, session, cast))
    assert remind(proven(settings)) == 0
    assert box.letters == []


def test_a_carer_gets_no_letter(settings, house, box):
    cast, write = house
    write(
        lambda _, session: setattr(
            session.get_one(Membership, (cast.clinic_id, cast.patient.membership_id)), "carer", True
        )
    )
    remind(proven(settings))
    assert box.letters == []


def test_the_quiet_hours_are_those_of_the_clinic(settings, house, box):
    night = NOON.replace(hour=3)  # six in Istanbul
    assert remind(proven(settings), at=night) == 0
    assert box.letters == []
    _, write = house
    write(
        lambda _, session: setattr(
            session.get(Clinic, house[0].clinic_id), "settings", {"letters_from": 6, "letters_until": 7}
        )
    )
    remind(settings)
    assert box.letters == []
    remind(settings, at=night)
    assert len(box.letters) == 1


@pytest.mark.parametrize(
    ("zone", "hour", "quiet"),
    [("Europe/Istanbul", 5, True), ("Europe/Istanbul", 6, False), ("Europe/Istanbul", 16, True), ("UTC", 8, True)],
)
def test_hours_are_counted_where_the_clinic_is(zone, hour, quiet):
    assert is_quiet(Hours(zone, 9, 19), datetime(2026, 11, 22, hour, 30, tzinfo=UTC)) is quiet


def test_what_the_server_refused_is_tried_again(settings, house, box, capsys):
    box.refuses = True
    assert remind(proven(settings)) == 1
    assert "@" not in "".join(capsys.readouterr())
    box.refuses = False
    assert remind(settings) == 0
    assert len(box.letters) == 1


def test_a_letter_claimed_by_a_run_that_broke_off_is_not_sent_twice(settings, house, box):
    remind(proven(settings))
    _, write = house
    write(lambda _, session: setattr(session.scalars(select(Reminder)).one(), "sent_at", None))
    remind(settings)
    assert len(box.letters) == 1


def test_a_dry_run_names_numbers_and_sends_nothing(settings, house, box, capsys):
    assert remind(settings, "--dry-run") == 0
    told = capsys.readouterr()
    assert str(house[0].patient.membership_id) in told.out
    assert "@" not in told.out + told.err
    assert box.letters == []
    assert house[1](lambda _, session: list(session.scalars(select(Reminder)))) == []


def stop(house, token):
    def do(_, session):
        consents.stop_letters(Doorway(session, NOON, SECRET.encode()), token)

    return house[1](do)


def test_one_click_ends_the_letters_and_stands_in_the_records(settings, house, box):
    remind(proven(settings))
    token = box.letters[0][1]["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    stop(house, token)
    stop(house, token)  # again changes nothing
    (withdrawn,) = house[1](
        lambda _, session: [
            each.withdrawn_on for each in session.scalars(select(Consent).where(Consent.purpose == Purpose.REMINDERS))
        ]
    )
    assert withdrawn == TODAY
    remind(settings, at=NOON + timedelta(days=17))
    assert len(box.letters) == 1


def test_each_step_keeps_within_its_reach_on_both_databases(engine, committed_cast, catalogue):
    cast = committed_cast
    with new_session(engine, reach=EVERYTHING) as session:
        make = Maker(make_work(session, cast.clinician, catalogue))
        act_as(session, "program")
        make.known(cast.patient_id).course(days_before(14))
        given = [
            enrol.give_consent(make.work, cast.patient_id, enrol.ConsentForm(each, TODAY, "1"))
            for each in (Purpose.REMINDERS, Purpose.RESEARCH_AGGREGATE)
        ]
        session.get(User, cast.users["patient"]).password_hash = STORED
        claimed = claim(make.work, cast.patient.membership_id)
        settle(make.work, claimed.reminder_id, sent=True)
        assert claim(make.work, cast.patient.membership_id) is None
        session.commit()
    with new_session(engine, reach=DOOR) as session:
        token = consents.stop_token(SECRET.encode(), cast.clinic_id, cast.patient.membership_id)
        consents.stop_letters(Doorway(session, NOON, SECRET.encode()), token)
        session.commit()
    with new_session(engine, reach=reach_of(cast.patient)) as session:
        act_as(session, cast.patient.name_in_trail)
        own = make_work(session, cast.patient, catalogue)
        consents.withdraw(own, cast.patient_id, given[1])
        session.commit()
    with new_session(engine, reach=EVERYTHING) as session:
        ended = select(Consent.withdrawn_on).where(Consent.clinic_id == cast.clinic_id)
        assert session.scalars(ended).all() == [TODAY, TODAY]


SPOILT = {
    "short": lambda _: "x",
    "last": lambda t: t[:-1] + ("0" if t[-1] != "0" else "1"),
    "turned": lambda t: t[32:] + t[:32],
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_link_that_was_not_made_here_ends_nothing(house, spoil):
    cast, _ = house
    token = consents.stop_token(SECRET.encode(), cast.clinic_id, cast.patient.membership_id)
    with pytest.raises(LinkExpired):
        stop(house, spoil(token))


def test_every_purpose_has_its_text_in_both_languages():
    for purpose in Purpose:
        known = consents.consent_text(purpose, consents.newest_version())
        for texts in (known.text, known.withdrawn):
            assert {language for language, text in texts.items() if text} == set(Language)
    assert consents.consent_text(Purpose.RECORD, "a clinic's own") is None


@pytest.mark.parametrize("table", [Membership, Patient])
def test_whose_place_or_record_is_gone_is_written_to_no_more(session, cast, work, table):
    session.get(User, cast.users["patient"]).password_hash = STORED
    enrol.give_consent(work, cast.patient_id, enrol.ConsentForm(Purpose.REMINDERS, TODAY, "1"))
    assert [each.patient_id for each in addressees(cast.scope, session)] == [cast.patient_id]
    gone = {Membership: cast.patient.membership_id, Patient: cast.patient_id}[table]
    session.get(table, (cast.clinic_id, gone)).deleted_at = NOON
    session.flush()
    assert addressees(cast.scope, session) == []
