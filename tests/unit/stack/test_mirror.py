from demo.machine.mirror import Mirror, carried_options, find_uris, first_uri

TARGETS = """\
http://mirror.example/debian/|Debian|Debian|main
http://mirror.example/debian/|Debian|Debian|main
http://mirror.example/security/|Debian|Debian-Security|main
http://backports.example/|Debian Backports|Debian Backports|main
https://vendor.example/apt|Vendor|Debian|main
http://mirror.example/debian/|Debian|Debian|contrib
"""


def test_only_debians_own_archives_count() -> None:
    assert find_uris(TARGETS, "Debian") == ["http://mirror.example/debian/"]
    assert find_uris(TARGETS, "Debian-Security") == ["http://mirror.example/security/"]


def test_a_host_without_debian_has_none() -> None:
    assert find_uris("http://mirror.example/ubuntu/|Ubuntu|Ubuntu|main\n", "Debian") == []


def test_sources_of_another_release() -> None:
    mirror = Mirror(archive="http://mirror.example/debian/", security="http://mirror.example/security/")

    assert mirror.sources("trixie") == [
        "deb http://mirror.example/debian/ trixie main",
        "deb http://mirror.example/debian/ trixie-updates main",
        "deb http://mirror.example/security/ trixie-security main",
    ]


def test_sources_without_a_security_archive() -> None:
    sources = Mirror(archive="http://mirror.example/debian/", security=None).sources("trixie")

    assert sources == [
        "deb http://mirror.example/debian/ trixie main",
        "deb http://mirror.example/debian/ trixie-updates main",
    ]


def test_a_list_of_mirrors_is_looked_up() -> None:
    lists = {
        "/etc/apt/mirrors/debian.list": "# near\n\nhttp://near.example/debian\tpriority:1\nhttp://far.example\n"
    }

    found = first_uri(["mirror+file:/etc/apt/mirrors/debian.list/"], lists.__getitem__)

    assert found == "http://near.example/debian"


def test_what_decides_how_a_mirror_is_reached_is_carried_over() -> None:
    dump = """\
Acquire "";
Acquire::http "";
Acquire::http::Proxy "http://proxy.example:3128";
Acquire::http::Proxy::mirror.example "DIRECT";
Acquire::https::Proxy "";
Acquire::Check-Valid-Until "false";
Acquire::Languages "none";
"""

    assert carried_options(dump) == (
        'Acquire::http::Proxy "http://proxy.example:3128";',
        'Acquire::http::Proxy::mirror.example "DIRECT";',
        'Acquire::Check-Valid-Until "false";',
    )
