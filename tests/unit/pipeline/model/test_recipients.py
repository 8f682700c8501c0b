"""Which public keys a backup can be encrypted for."""

from __future__ import annotations

import pytest

from pipeline.model.recipients import recipients

AGE = "age1gfjwpmxyj45y3lcsg4t6fpaway0ye9k6kxxvplm9xsnp350mfutqyg8809"
OTHER = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
SSH = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIND2pWazpikl+yUVwiYTSaSrxoapG9R8QXjd0PUv5H2X root@vm"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (AGE, (AGE,)),
        (f"{AGE}, {OTHER},{AGE},", (AGE, OTHER)),
        (f"{SSH},{AGE}", (SSH, AGE)),
        (SSH.rpartition(" ")[0], (SSH.rpartition(" ")[0],)),
    ],
)
def test_keys_with_commas_between_them(text: str, keys: tuple[str, ...]) -> None:
    assert recipients(text) == keys


@pytest.mark.parametrize(
    "wrong",
    [
        AGE.replace("gfjw", "gfjx"),
        AGE[:-1],
        AGE.upper(),
        "age1",
        "agent",
        "-r",
        SSH.replace("ssh-ed25519", "ssh-rsa"),
        SSH.replace("AAAAC3", "AAAAC4"),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5",
        "ssh-ed25519",
        "ecdsa-sha2-nistp256 AAAA",
    ],
)
def test_a_wrong_one_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="which is no key that age can encrypt for") as caught:
        recipients(f"{AGE},{wrong}")
    assert str(caught.value).startswith(f"'{wrong[:80]}'")


@pytest.mark.parametrize(
    "private", ["AGE-SECRET-KEY-1QQQ", "age-secret-key-1qqq", "-----BEGIN OPENSSH PRIVATE KEY-----"]
)
def test_a_private_key_is_not_shown(private: str) -> None:
    with pytest.raises(ValueError, match="a private key") as caught:
        recipients(f"{private},{AGE}")
    assert private not in str(caught.value)


def test_none_at_all() -> None:
    with pytest.raises(ValueError, match="without any key"):
        recipients(" , ")
