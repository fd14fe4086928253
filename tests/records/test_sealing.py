"""Sealing: what opens, what does not, and how sealed names are found."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcomes.records.sealing import KeyRing, SealBroken, UnknownMasterKey, folded, name_words

CLINIC, PATIENT = UUID(int=1), UUID(int=2)
OLD, NEW = ("2025", b"1" * 32), ("2026", b"2" * 32)


@pytest.fixture(scope="module")
def ring():
    return KeyRing((OLD,))


@pytest.fixture
def cipher(ring):
    return ring.open_patient_key(*ring.new_patient_key(CLINIC, PATIENT), CLINIC, PATIENT)


@given(text=st.text(max_size=300))
def test_what_is_sealed_opens_again(text):
    ring = KeyRing((OLD,))
    cipher = ring.open_patient_key(*ring.new_patient_key(CLINIC, PATIENT), CLINIC, PATIENT)
    assert cipher.open("name", cipher.seal("name", text)) == text


def test_the_same_text_is_never_sealed_the_same_twice(cipher):
    assert len({cipher.seal("name", "Ayşe") for _ in range(50)}) == 50


def test_a_value_moved_to_another_column_does_not_open(cipher):
    with pytest.raises(SealBroken, match="contact"):
        cipher.open("contact", cipher.seal("name", "Ayşe"))


@pytest.mark.parametrize("place", [(CLINIC, uuid4()), (uuid4(), PATIENT)], ids=["patient", "clinic"])
def test_a_key_moved_to_another_patient_or_clinic_does_not_open(ring, place):
    with pytest.raises(SealBroken, match="patient_key"):
        ring.open_patient_key(*ring.new_patient_key(CLINIC, PATIENT), *place)


def test_every_changed_byte_is_noticed(cipher):
    blob = cipher.seal("name", "Ayşe Yılmaz")
    for place in range(len(blob)):
        with pytest.raises(SealBroken):
            cipher.open("name", blob[:place] + bytes([blob[place] ^ 1]) + blob[place + 1 :])


@pytest.mark.parametrize("length", range(0, 30, 5))
def test_a_cut_value_is_noticed(cipher, length):
    with pytest.raises(SealBroken):
        cipher.open("name", cipher.seal("name", "Ayşe Yılmaz")[:length])


def test_rotation_keeps_what_was_sealed(ring, cipher):
    both = KeyRing((NEW, OLD))
    blob = cipher.seal("name", "Ayşe")
    master_key_id, wrapped = ring.new_patient_key(CLINIC, PATIENT)
    blob = ring.open_patient_key(master_key_id, wrapped, CLINIC, PATIENT).seal("name", "Ayşe")
    moved_id, moved = both.rewrapped(master_key_id, wrapped, CLINIC, PATIENT)
    assert moved_id == "2026"
    assert KeyRing((NEW,)).open_patient_key(moved_id, moved, CLINIC, PATIENT).open("name", blob) == "Ayşe"


def test_a_missing_master_key_is_named(ring):
    with pytest.raises(UnknownMasterKey, match="2026"):
        ring.open_patient_key("2026", b"", CLINIC, PATIENT)


@pytest.mark.parametrize("keys", [(), (("a", b"short"),), (OLD, OLD)], ids=["none", "short", "twice"])
def test_a_bad_ring_is_refused(keys):
    with pytest.raises(ValueError, match="master key"):
        KeyRing(keys)


def test_keys_are_not_shown(ring, cipher):
    shown = repr(ring) + repr(cipher)
    assert "1111" not in shown
    assert cipher.key.hex() not in shown


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Ayşe Yılmaz", "ay"),
        ("Ayşe Yılmaz", "AYSE"),
        ("Ayşe Yılmaz", "yil"),
        ("Ayşe Yılmaz", "YIL"),
        ("Ayşe Yılmaz", "yıl"),
        ("Ayşe Yılmaz", "YİL"),
        ("IŞIK ÇAĞLAYAN", "ışık"),
        ("IŞIK ÇAĞLAYAN", "isik"),
        ("Işık Çağlayan", "CAG"),
        ("İpek Öztürk", "ıpek"),
        ("ipek öztürk", "İPEK"),
        ("ipek öztürk", "OZTU"),
        ("Gül-Nur Ünal", "nur"),
        ("Gu\u0308l Ünal", "gül"),  # the mark as a letter of its own
        ("Wolfeschlegelsteinhausenbergerdorff", "wolfeschlegelsteinhausenberger"),
    ],
)
def test_a_name_is_found_by_a_beginning_in_any_case_and_with_or_without_marks(ring, name, typed):
    assert ring.prefix_hash(CLINIC, typed) in ring.prefix_hashes(CLINIC, name)


@pytest.mark.parametrize(
    ("name", "typed"), [("Ayşe Yılmaz", "a"), ("Ayşe Yılmaz", "lmaz"), ("Ali", "alif"), ("Ali", "")]
)
def test_a_name_is_not_found_by_one_letter_its_middle_or_more_than_it_has(ring, name, typed):
    assert ring.prefix_hash(CLINIC, typed) not in ring.prefix_hashes(CLINIC, name)


def test_hashes_of_two_clinics_or_rings_share_nothing(ring):
    here = ring.prefix_hashes(CLINIC, "Ayşe Yılmaz")
    assert not here & ring.prefix_hashes(uuid4(), "Ayşe Yılmaz")
    assert not here & KeyRing((NEW,)).prefix_hashes(CLINIC, "Ayşe Yılmaz")
    assert all(len(hashed) == 32 for hashed in here)


def test_while_keys_are_rotated_a_name_is_found_under_either(ring):
    both = KeyRing((NEW, OLD))
    for known in (ring, both):
        assert both.prefix_hashes_of_all_keys(CLINIC, "ayş") & known.prefix_hashes(CLINIC, "Ayşe")


@given(name=st.text(max_size=60))
def test_folding_twice_changes_nothing(name):
    assert folded(folded(name)) == folded(name)
    assert name_words(folded(name)) == name_words(name)
