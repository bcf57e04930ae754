"""What the running containers may do, as the engine says it."""

from typing import Any

import pytest

from tests.support.stack.project import Stack

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def containers(stack: Stack) -> dict[str, dict[str, Any]]:
    """Every container by its service."""
    return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in stack.inspect()}


def test_no_process_runs_as_root(stack: Stack, containers: dict[str, dict[str, Any]]) -> None:
    """Every process of every container has another uid than root's."""
    assert set(containers) == set(stack.services)
    for service, container in containers.items():
        uids = stack.docker("top", container["Id"], "-eo", "uid,pid").split()[2::2]
        assert uids, service
        assert "0" not in uids, service


def test_nothing_can_be_written_or_gained(containers: dict[str, dict[str, Any]]) -> None:
    """Each has a read-only root file system, no capability, no way to new privileges, and limits."""
    for service, container in containers.items():
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert not host["Privileged"], service
        assert "no-new-privileges:true" in host["SecurityOpt"], service
        assert host["Memory"] > 0, service
        assert host["PidsLimit"] > 0, service


def test_what_clients_wait_for_goes_first(containers: dict[str, dict[str, Any]]) -> None:
    """On busy cores predict and Redis get more time than the others, each of which has a weight too."""
    shares = {service: container["HostConfig"]["CpuShares"] for service, container in containers.items()}
    assert {service for service, share in shares.items() if share == 4096} == {"predict", "redis"}
    assert set(shares.values()) == {1024, 4096}


def test_what_ends_is_started_again_and_logs_are_bounded(containers: dict[str, dict[str, Any]]) -> None:
    """Each comes back after a crash or a reboot, and its log is rotated."""
    for service, container in containers.items():
        host = container["HostConfig"]
        assert host["RestartPolicy"]["Name"] == "unless-stopped", service
        assert host["LogConfig"]["Config"] == {"max-file": "3", "max-size": "10m"}, service


def test_ports_are_published_on_loopback_alone(containers: dict[str, dict[str, Any]]) -> None:
    """What is published is on 127.0.0.1; Redis, worker, sweep and collector are not published at all."""
    published = {
        service: [
            binding["HostIp"]
            for ports in container["NetworkSettings"]["Ports"].values()
            for binding in ports or []
        ]
        for service, container in containers.items()
    }
    assert {address for addresses in published.values() for address in addresses} == {"127.0.0.1"}
    open_services = {service for service, addresses in published.items() if addresses}
    assert open_services <= {"predict", "evidently-ui", "prometheus", "grafana"}


def test_redis_is_reached_by_those_who_need_it(containers: dict[str, dict[str, Any]]) -> None:
    """Only predict, worker and sweep share a network with Redis, and that network leads nowhere else."""
    networks = {
        service: {name.rsplit("_", 1)[-1] for name in container["NetworkSettings"]["Networks"]}
        for service, container in containers.items()
    }
    assert networks["redis"] == {"data"}
    neighbours = {service for service, names in networks.items() if "data" in names}
    assert neighbours == {"redis", "predict", "drift-worker", "drift-sweep"}
