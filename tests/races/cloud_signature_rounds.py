"""What a program that knows the Cloud Signature API sends at once."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.test import TestResponse

from tests.races.openid_rounds import Scene
from tests.races.rounds import Factory, Round, codes, is_done
from tests.races.world import CLIENTS, World
from tests.support.cloud_signature import (
    Program,
    access_token,
    approve,
    open_requests,
)
from webapp.clock import utc_now
from webapp.relying.institutions.models import Institution

HASHES = (hashlib.sha256(b"contract").digest(),)


@dataclass
class Calls:
    """A program and a person who lets it ask."""

    scene: Scene
    programs: list[Program]
    credential_id: str

    @classmethod
    def of(cls, world: World) -> "Calls":
        """Register an institution for hashes, and have somebody sign in and agree."""
        scene = Scene.of(world)
        with world.session() as session:
            institution = session.get_one(Institution, scene.bank.id)
            institution.purpose_names = "sign_in sign_hashes"
            session.commit()
            person = replace(scene.person, session=session)
            token = access_token(scene.bank, person, utc_now())
        programs = [
            Program(world.app().test_client(), token) for _number in range(CLIENTS)
        ]
        (credential_id,) = programs[0].credential_ids()
        return cls(scene, programs, credential_id)

    def approve(self) -> None:
        """Have the phone answer what is asked for."""
        self.programs[0].authorize(self.credential_id, HASHES)
        with self.scene.world.session() as session:
            (request,) = open_requests(session, self.scene.customer.id)
            approve(replace(self.scene.person, session=session), request.id, utc_now())

    def sad(self) -> str:
        """Return what signs, once."""
        self.approve()
        answer = self.programs[0].authorize(self.credential_id, HASHES)
        sad: str = answer.get_json()["SAD"]
        return sad


def by_programs(call: Callable[[Calls, Program], TestResponse]) -> Factory:
    """Return the round of a call that changes nothing."""

    def prepare(world: World) -> Round:
        calls = Calls.of(world)
        return Round(
            send=lambda number: call(calls, calls.programs[number]), succeed=CLIENTS
        )

    return prepare


def ask_once(world: World) -> Round:
    """Equal calls at once ask the person once."""
    calls = Calls.of(world)

    def check(answers: list[TestResponse]) -> None:
        assert codes(answers) == {"csc_pending": CLIENTS}
        with world.session() as session:
            assert len(open_requests(session, calls.scene.customer.id)) == 1

    return Round(
        send=lambda number: calls.programs[number].authorize(
            calls.credential_id, HASHES
        ),
        succeed=0,
        check=check,
    )


def hand_out(world: World) -> Round:
    """Of the SADs that equal calls get, the last one counts alone."""
    calls = Calls.of(world)
    calls.approve()

    def check(answers: list[TestResponse]) -> None:
        sads = {answer.get_json()["SAD"] for answer in answers}
        signed = [
            calls.programs[0].sign(calls.credential_id, sad, HASHES) for sad in sads
        ]
        assert len([answer for answer in signed if is_done(answer)]) == 1

    return Round(
        send=lambda number: calls.programs[number].authorize(
            calls.credential_id, HASHES
        ),
        succeed=CLIENTS,
        check=check,
    )


def sign_once(world: World) -> Round:
    calls = Calls.of(world)
    sad = calls.sad()
    return Round(
        send=lambda number: calls.programs[number].sign(
            calls.credential_id, sad, HASHES
        ),
        events={"request.hashes_signed": 1},
        succeed=1,
    )


def exchange(world: World) -> Round:
    return _by_form(world, "/csc/v1/oauth2/token", grant_type="none", succeed=0)


def revoke(world: World) -> Round:
    return _by_form(world, "/csc/v1/oauth2/revoke", succeed=CLIENTS)


def revoke_at_provider(world: World) -> Round:
    return _by_form(world, "/openid/revoke", succeed=CLIENTS)


def _by_form(world: World, path: str, *, succeed: int, **fields: str) -> Round:
    calls = Calls.of(world)
    sent: dict[str, Any] = {"token": calls.programs[0].token, **fields}
    bank = calls.scene.bank
    return Round(
        send=lambda number: calls.programs[number].client.post(
            path, data=sent, auth=bank.auth
        ),
        succeed=succeed,
    )


ROWS: dict[str, tuple[Factory, ...]] = {
    "cloud_signature.authorize": (ask_once, hand_out),
    "cloud_signature.credential_info": (
        by_programs(
            lambda calls, program: program.call(
                "credentials/info", credentialID=calls.credential_id
            )
        ),
    ),
    "cloud_signature.info": (
        by_programs(lambda _calls, program: program.call("info")),
    ),
    "cloud_signature.list_credentials": (
        by_programs(lambda _calls, program: program.call("credentials/list")),
    ),
    "cloud_signature.revoke": (revoke,),
    "cloud_signature.sign_hash": (sign_once,),
    "cloud_signature.token": (exchange,),
    "openid_programs.revoke": (revoke_at_provider,),
}
