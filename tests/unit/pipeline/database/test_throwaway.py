"""Who a throwaway server lets in, and how it is set."""

from pipeline.database.throwaway import configuration, hba


def test_everybody_needs_the_password() -> None:
    assert hba([]).splitlines() == ["local all all scram-sha-256", "host all all all scram-sha-256"]


def test_from_the_private_network_nobody_does() -> None:
    assert hba(["172.30.0.0/16", "fd00::/64"]).splitlines() == [
        "local all all scram-sha-256",
        "host all all 172.30.0.0/16 trust",
        "host all all fd00::/64 trust",
        "host all all all scram-sha-256",
    ]


def test_haste_has_the_last_word_and_a_quote_does_no_harm() -> None:
    lines = configuration({"fsync": "on", "TimeZone": "it's \\ here", "max_connections": "7"}).splitlines()
    assert "TimeZone = 'it''s \\\\ here'" in lines
    assert "max_connections = '7'" in lines
    assert "fsync = 'off'" in lines
    assert "fsync = 'on'" not in lines
