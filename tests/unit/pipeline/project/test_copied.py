"""A resolved compose file in; out, the one of its copy, that reaches and changes nothing of production."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.project.copied import KEPT, NETWORK, Copied, copied, taken_along

LABELS = {"deployment.run": "12", "deployment.project": "shop"}


def copy(config: dict[str, Any], group: tuple[str, ...] = ("app",), **images: str) -> Copied:
    return copied(
        config,
        images={name: f"sha256:{name}" for name in group} | images,
        database=["postgres", "shop-postgres-1"],
        project="shop-drill-12",
        network="shop-run-12-trial-network",
        labels=LABELS,
        group=group,
        group_label=("deployment.group", "agent"),
    )


def config(services: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "shop", "services": services, "networks": {"default": {"name": "shop_default"}}, **more}


def test_the_whole_copy_of_a_service() -> None:
    app = {
        "build": {"context": "/srv/shop"},
        "image": "shop:live",
        "command": ["serve"],
        "container_name": "shop_app",
        "cap_add": ["NET_BIND_SERVICE", "SYS_ADMIN"],
        "depends_on": {
            "postgres": {"condition": "service_healthy"},
            "cache": {"condition": "service_started"},
        },
        "deploy": {"replicas": 3, "resources": {"limits": {"memory": "512"}}},
        "environment": {"DB_HOST": "postgres", "TOKEN": "a$$b"},
        "extra_hosts": ["host.docker.internal=host-gateway"],
        "labels": {"deployment.group": "agent", "traefik.enable": "true"},
        "logging": {"driver": "gelf", "options": {"gelf-address": "udp://logs.example:12201"}},
        "networks": {"default": {"aliases": ["shop", "postgres"]}},
        "ports": [{"target": 8000, "published": "8000"}],
        "privileged": True,
        "restart": "unless-stopped",
        "secrets": [{"source": "key"}, {"source": "vault"}],
        "volumes": [
            {"type": "volume", "source": "files", "target": "/files", "volume": {}},
            {"type": "bind", "source": "/srv/shop/app.yml", "target": "/app.yml", "read_only": True},
            {
                "type": "bind",
                "source": "/srv/shop/data",
                "target": "/data",
                "bind": {"propagation": "shared"},
            },
            {"type": "bind", "source": "/var/run/docker.sock", "target": "/var/run/docker.sock"},
            {"type": "tmpfs", "target": "/tmp"},
        ],
    }
    made = copy(
        config(
            {"app": app, "cache": {"image": "redis:7"}, "postgres": {"image": "postgres:17"}, "bot": {}},
            volumes={"files": {"name": "shop_files", "driver_opts": {"type": "nfs"}}, "data": {}},
            secrets={"key": {"file": "/srv/shop/key"}, "vault": {"external": True}, "unused": {"file": "/x"}},
        ),
        cache="sha256:cache",
    )
    common = {
        "dns": ["127.0.0.1"],
        "dns_opt": ["timeout:1", "attempts:1"],
        "dns_search": ["."],
        "pull_policy": "never",
        "restart": "no",
        "logging": {"driver": "json-file"},
    }
    assert made.config == {
        "name": "shop-drill-12",
        "services": {
            "app": {
                **common,
                "image": "sha256:app",
                "command": ["serve"],
                "cap_add": ["NET_BIND_SERVICE"],
                "depends_on": {"cache": {"condition": "service_started"}},
                "deploy": {"resources": {"limits": {"memory": "512"}}},
                "environment": {"DB_HOST": "postgres", "TOKEN": "a$$b"},
                "labels": {**LABELS, "deployment.group": "agent"},
                "networks": {"copy": {"aliases": ["shop", "shop_app"]}},
                "secrets": [{"source": "key"}],
                "volumes": [
                    {"type": "volume", "source": "files", "target": "/files"},
                    {
                        "type": "bind",
                        "source": "/srv/shop/app.yml",
                        "target": "/app.yml",
                        "read_only": True,
                        "bind": {"create_host_path": False},
                    },
                    {
                        "type": "bind",
                        "source": "/srv/shop/data",
                        "target": "/data",
                        "read_only": True,
                        "bind": {"create_host_path": False},
                    },
                    {"type": "tmpfs", "target": "/tmp"},
                ],
            },
            "cache": {
                **common,
                "image": "sha256:cache",
                "labels": LABELS,
                "depends_on": {},
                "networks": {"copy": {"aliases": []}},
                "volumes": [],
            },
        },
        "networks": {"copy": {"name": "shop-run-12-trial-network", "external": True}},
        "volumes": {"files": {"name": "shop-drill-12_files", "labels": LABELS}},
        "secrets": {"key": {"file": "/srv/shop/key"}},
        "configs": {},
    }
    assert made.cut == [
        "ports of app",
        "rights on the host of app",
        "only to be read: /srv/shop/data of app",
        "left out: /var/run/docker.sock of app",
        "not started: bot",
        "empty: files",
    ]


@pytest.mark.parametrize(
    ("source", "there"),
    [
        ("/srv/shop/app.yml", True),
        ("/etc/localtime", True),
        ("/", False),
        ("/var", False),
        ("/var/run", False),
        ("/run/user/1000/docker.sock", False),
        ("/srv/shop/control.sock", False),
        ("/dev/sda", False),
        ("/proc", False),
        ("/var/lib/docker/volumes/shop_files/_data", False),
        ("/runner", True),
    ],
)
def test_what_of_the_host_may_be_read(source: str, there: bool) -> None:
    made = copy(config({"app": {"volumes": [{"type": "bind", "source": source, "target": "/x"}]}}))
    mounts = made.config["services"]["app"]["volumes"]
    assert [mount["source"] for mount in mounts] == ([source] if there else [])


def test_which_services_are_taken_along() -> None:
    services: dict[str, Any] = {
        "postgres": {},
        "bot": {"depends_on": {"app": {}}},
        "app": {"depends_on": {"cache": {}, "postgres": {}, "gone": {}}},
        "cache": {"depends_on": {"app": {}}},
        "worker": {},
    }
    assert taken_along({"services": services}, ["app"], ["postgres"]) == ["app", "cache"]
    assert taken_along({"services": services}, ["worker", "postgres"], ["postgres"]) == ["worker"]


NAMES = st.sampled_from(["files", "data", "/srv/data", "/var/run/docker.sock", "/", "/dev", "./x"])
MOUNTS = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["volume", "bind", "tmpfs", "npipe", "cluster", "image"])},
        optional={
            "target": st.just("/x"),
            "read_only": st.booleans(),
            "bind": st.just({"propagation": "rshared"}),
            "volume": st.just({"subpath": "a"}),
        },
    ).flatmap(lambda mount: NAMES.map(lambda source: {**mount, "source": source})),
    max_size=4,
)
SERVICE = st.fixed_dictionaries(
    {},
    optional={
        "volumes": MOUNTS,
        "ports": st.just([{"target": 80, "published": "80"}]),
        "network_mode": st.sampled_from(["host", "bridge", "service:other"]),
        "networks": st.just({"default": {"ipv4_address": "172.18.0.9"}, "proxy": None}),
        "restart": st.sampled_from(["always", "unless-stopped"]),
        "labels": st.just({"traefik.enable": "true", "com.centurylinklabs.watchtower.enable": "true"}),
        "devices": st.just(["/dev/kvm"]),
        "privileged": st.booleans(),
        "cap_add": st.lists(st.sampled_from(["ALL", "CAP_NET_ADMIN", "chown"])),
        "security_opt": st.lists(st.sampled_from(["no-new-privileges:true", "seccomp:unconfined"])),
        "pid": st.just("host"),
        "ipc": st.just("host"),
        "container_name": st.just("shop_app"),
        "external_links": st.just(["other"]),
        "volumes_from": st.just(["postgres"]),
        "extra_hosts": st.just(["api=10.0.0.1"]),
        "deploy": st.just({"mode": "global", "restart_policy": {"condition": "any"}}),
        "build": st.just({"context": "."}),
        "post_start": st.just([{"command": ["x"], "privileged": True}]),
        "a_key_of_tomorrow": st.just("host"),
    },
)
MADE = KEPT | {
    *("cap_add", "deploy", "depends_on", "dns", "dns_opt", "dns_search", "image", "labels", "logging"),
    *("networks", "pull_policy", "restart", "security_opt", "volumes"),
}


@given(app=SERVICE, other=SERVICE)
def test_nothing_of_production_stays(app: dict[str, Any], other: dict[str, Any]) -> None:
    volumes = {"files": {"name": "shop_files"}, "data": {"name": "elsewhere", "external": True}}
    networks = {"default": {"name": "shop_default"}, "proxy": {"name": "proxy", "external": True}}
    made = copy(
        {"services": {"app": app, "other": other}, "volumes": volumes, "networks": networks}, ("app", "other")
    ).config
    assert made["name"] == "shop-drill-12"
    assert made["networks"] == {NETWORK: {"name": "shop-run-12-trial-network", "external": True}}
    for volume in made["volumes"].values():
        assert volume["name"].startswith("shop-drill-12_")
        assert volume.keys() == {"name", "labels"}
    for service in made["services"].values():
        assert service.keys() <= MADE
        assert service["restart"] == "no"
        assert service["networks"].keys() == {NETWORK}
        assert set(service["labels"]) == {*LABELS, "deployment.group"}
        assert set(service.get("cap_add", [])) <= {"chown"}
        assert set(service.get("security_opt", [])) <= {"no-new-privileges:true"}
        for mount in service["volumes"]:
            assert mount.keys() <= {"type", "source", "target", "tmpfs", "read_only", "bind"}
            assert mount["type"] in ("bind", "tmpfs", "volume")
            if mount["type"] == "bind":
                assert mount["read_only"] is True
                assert mount["source"] in ("/srv/data", "files", "data", "./x")
            if mount["type"] == "volume":
                assert mount["source"] in made["volumes"]
