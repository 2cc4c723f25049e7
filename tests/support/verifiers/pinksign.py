"""PyPinkSign as a program: one task on standard input, its answer on standard output.

Runs in the environment of `requirements.txt` and imports nothing of certferry. Task and
answer are JSON objects; bytes are hex, passwords are text.
"""

import base64
import json
import sys
from typing import Any

import pypinksign


def encrypt_key(task: dict[str, str]) -> dict[str, Any]:
    """Lock a PrivateKeyInfo as Korean programs do (SEED)."""
    plain = base64.b64encode(bytes.fromhex(task["plain"])).decode()
    locked = pypinksign.encrypt_decrypted_prikey(plain, task["password"].encode())
    return {"key_file": base64.b64decode(locked).hex()}


def inject_random_number(task: dict[str, str]) -> dict[str, Any]:
    """Put R into a PrivateKeyInfo."""
    plain = base64.b64encode(bytes.fromhex(task["plain"])).decode()
    carrying = pypinksign.inject_rand_in_plain_prikey(plain, bytes.fromhex(task["r"]))
    return {"plain": base64.b64decode(carrying).hex()}


def open_key(task: dict[str, str]) -> dict[str, Any]:
    """Open a key file with its certificate, and sign with it."""
    signer = pypinksign.PinkSign(pubkey_data=bytes.fromhex(task["certificate"]))
    signer.load_prikey(
        prikey_data=bytes.fromhex(task["key_file"]),
        prikey_password=task["password"].encode(),
    )
    return {"r": signer._rand_num.asOctets().hex(), "signs": _signs(signer)}


def open_p12(task: dict[str, str]) -> dict[str, Any]:
    """Open a PKCS #12 file, and sign with its key."""
    signer = pypinksign.PinkSign(
        p12_path=task["path"], prikey_password=task["password"].encode()
    )
    return {"common_name": signer.cn(), "signs": _signs(signer)}


def _signs(signer: Any) -> bool:
    return bool(signer.verify(signer.sign(b"hello"), b"hello"))


TASKS = {f.__name__: f for f in (encrypt_key, inject_random_number, open_key, open_p12)}

if __name__ == "__main__":
    task = json.load(sys.stdin)
    json.dump(TASKS[task.pop("task")](task), sys.stdout)
