"""Tests of how crane reports a registry's refusals, and how the release interprets them."""

import socketserver
import threading

import pytest

from kfp_component_lib.verification.answers import AbsentError, ImmutableError
from kfp_component_lib.verification.clients import Crane, find_client
from kfp_component_lib.verification.errors import DeliveryError, TransientError
from tests.release.servers import NGINX, Fault, die, refusal, status


@pytest.fixture
def tagging(world):
    """A function that has crane write a tag, while the proxy answers as requested."""
    built = world.build()
    world.publish(built)
    reference = f"{world.repository}@{built.digest}"

    def write(action, method="PUT", path="/manifests/moved"):
        world.registry.faults = [Fault(method, path, action, 99)]
        Crane(world.crane).run(["tag", reference, "moved"], f"{world.repository}:moved")

    return write


# How registries report that a tag is immutable: status, error code, message, detail. The table of
# docs/release.md says where each was seen; "from memory" means that it was not.
IMMUTABLE = {
    "ECR": (
        400,
        "TAG_INVALID",
        "The image tag 'moved' already exists in the 'lib' repository and cannot be overwritten "
        "because the repository is immutable.",
    ),
    "ECR with rules for tags": (
        400,
        "TAG_INVALID",
        "The image tag 'moved' already exists in the 'lib' repository and cannot be overwritten "
        "because the tag is immutable.",
    ),
    "Artifact Registry": (
        400,
        "MANIFEST_INVALID",
        "cannot update tag moved. The repository has enabled tag immutability",
    ),
    "Harbor": (
        412,
        "PRECONDITION",
        "Failed to process request due to 'team/lib:moved' configured as immutable.",
    ),
    "Quay": (409, "TAG_IMMUTABLE", "tag is immutable and cannot be overwritten"),
    "Quay, by its words alone": (400, "UNKNOWN", "tag is immutable and cannot be overwritten"),
    "Azure": (
        405,
        "REGISTRY_DISALLOWED_OPERATION",
        "The operation is disallowed on this registry, repository or image. View troubleshooting "
        "steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-"
        "operation",
        {},
    ),
    "Azure in 2018": (405, "UNKNOWN", "The operation is disallowed."),
    "Artifactory": (
        403,
        "DENIED",
        "Not enough permissions to overwrite artifact 'docker-local:lib/moved/manifest.json' (user "
        "'ci' needs DELETE permission).",
    ),
    "Artifactory 7": (
        403,
        "DENIED",
        "Not enough permissions to delete/overwrite artifact 'docker-local:lib/moved/manifest.json' "
        "(user 'ci' needs DELETE permission)",
    ),
    "Artifactory's Docker API": (
        400,
        "MANIFEST_INVALID",
        "manifest invalid",
        {"description": "HTTP 403 Forbidden"},
    ),
    "Artifactory's Docker API, with its status": (
        403,
        "MANIFEST_INVALID",
        "manifest invalid",
        {"description": "HTTP 403 Forbidden"},
    ),
    "Nexus": (
        400,
        "BLOB_UPLOAD_INVALID",
        "blob upload invalid",
        "Repository does not allow updating assets: docker-hosted",
    ),
    "Docker Hub": (
        403,
        "DENIED",
        "requested access to the resource is denied - This tag is already assigned to an image in "
        "this repository and cannot be updated due to immutability settings. To push this image, "
        "use a different tag.",
    ),
    "Mirantis Secure Registry": (
        400,
        "UNKNOWN",
        "tag=moved cannot be overwritten because team/lib is an immutable repository",
    ),
    "GitLab, from memory": (403, "DENIED", "protected tag: moved"),
    "ocimem": (403, "DENIED", "requested access to the resource is denied: cannot overwrite tag"),
}


@pytest.mark.parametrize("registry", IMMUTABLE)
def test_immutable_tags_are_understood(tagging, registry):
    """Each registry has its own status, code and wording for it."""
    with pytest.raises(ImmutableError, match="release another version"):
        tagging(refusal(*IMMUTABLE[registry]))


def test_a_policy_about_vulnerabilities_is_not_taken_for_an_immutable_tag(tagging):
    """Harbor has one status for both, and a release must not go on as if only a tag stayed."""
    message = (
        "current image with 3 vulnerabilities cannot be pulled due to configured policy in 'Prevent "
        'images with vulnerability severity of "High" or higher from running.\''
    )
    with pytest.raises(DeliveryError, match=r"by its policies, got .*3 vulnerabilities") as failure:
        tagging(refusal(412, "PROJECTPOLICYVIOLATION", message))
    assert not isinstance(failure.value, TransientError | ImmutableError)


def test_two_uploads_of_one_layer_are_not_taken_for_an_immutable_tag(tagging):
    """Nexus refuses the second of them, and has the layer a moment later."""
    detail = f"docker-hosted/v2/-/blobs/sha256:{'0' * 64} cannot be updated"
    with pytest.raises(TransientError, match="at the same moment"):
        tagging(refusal(400, "BLOB_UPLOAD_INVALID", "blob upload invalid", detail))


@pytest.mark.parametrize("code", [429, 500, 502, 503, 504, 520, 522, 524, 530])
def test_busy_and_starting_servers_are_passing_faults(tagging, code):
    """Pages of nginx and of a content delivery network count as temporary faults, too."""
    with pytest.raises(TransientError, match=f"must answer, got .*{code}"):
        tagging(status(code, NGINX, Content_Type="text/html"))


def test_the_server_says_when_to_ask_again(tagging):
    """Retry-After is part of the error."""
    with pytest.raises(TransientError) as failure:
        tagging(status(429, b"slow down", Retry_After="17"))
    assert failure.value.retry_after == 17


REFUSED = {
    "401 of nginx": (status(401, NGINX), "must accept your credentials"),
    "403": (refusal(403, "DENIED", "not yours"), "must accept your credentials, got .*not yours"),
    "413 of nginx": (status(413, NGINX), "client_max_body_size"),
    "400": (refusal(400, "MANIFEST_INVALID", "no layers"), "must accept the request .*no layers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_final_and_say_the_registrys_reason(tagging, case):
    """A refusal is not retried, and its reason is shown completely."""
    action, message = REFUSED[case]
    with pytest.raises(DeliveryError, match=message) as failure:
        tagging(action)
    assert not isinstance(failure.value, TransientError | ImmutableError)


def test_a_server_that_is_no_registry_is_not_taken_for_an_empty_one(world):
    """A 404 at /v2/ does not mean the same as a 404 for an image."""
    world.registry.faults = [Fault("GET", "/v2/$", status(404, NGINX), 9)]
    with pytest.raises(DeliveryError, match="must be an OCI registry") as failure:
        Crane(world.crane).manifest(f"{world.repository}:0.1.0")
    assert not isinstance(failure.value, AbsentError)


def test_what_is_not_there_is_absent(world):
    """A registry reports a missing image with a code."""
    with pytest.raises(AbsentError, match="must be in the registry"):
        Crane(world.crane).manifest(f"{world.repository}:0.1.0")


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("127.0.0.1:1", TransientError),
        ("registry.invalid", TransientError),
        ("[::1]:1", TransientError),
    ],
)
def test_nobody_there_is_a_passing_fault(crane, host, kind):
    """If nothing listens, or the name is unknown, the server may be starting."""
    with pytest.raises(kind, match="must answer"):
        Crane(crane).manifest(f"{host}/team/lib:0.1.0")


@pytest.mark.parametrize(
    "greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"220 ftp\r\n", b"\x00\xff\xfe\n"]
)
def test_another_protocol_is_an_error_and_no_traceback(crane, greeting):
    """The server at the address is not a web server."""

    class Greeter(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.sendall(greeting)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greeter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        reference = f"127.0.0.1:{server.server_address[1]}/team/lib:0.1.0"
        with pytest.raises(DeliveryError):
            Crane(crane).manifest(reference)
        server.shutdown()


def test_a_manifest_that_breaks_off_is_a_passing_fault(world):
    """The connection is dropped within the answer."""
    world.publish(world.build())
    world.registry.faults = [Fault("GET", "/manifests/0.1.0", die, 9)]
    with pytest.raises(TransientError):
        Crane(world.crane).manifest(f"{world.repository}:0.1.0")


CONFIGURATIONS = {
    "no JSON": ("{", "config.json must be readable"),
    "no helper": ('{"credsStore": "nowhere"}', "the helper that it names must be installed"),
    "credHelpers null": ('{"credHelpers": null}', None),
    "no Base64": ('{"auths": {"HOST": {"auth": "&"}}}', "config.json must be readable"),
    "https://HOST/v1/": ('{"auths": {"https://HOST/v1/": {"auth": "dTpw"}}}', None),
}


@pytest.mark.parametrize("case", CONFIGURATIONS)
def test_dockers_configuration_is_cranes_business(world, case):
    """crane reads what it can; otherwise the error names the file."""
    text, message = CONFIGURATIONS[case]
    folder = world.folder / "docker"
    folder.mkdir()
    (folder / "config.json").write_text(text.replace("HOST", world.registry.address))
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(world.folder), "DOCKER_CONFIG": str(folder)}
    client = Crane(world.crane, environment)
    world.publish(world.build())
    if message is None:
        assert client.manifest(f"{world.repository}:0.1.0")
    else:
        with pytest.raises(DeliveryError, match=message):
            client.manifest(f"{world.repository}:0.1.0")


def test_a_machine_without_a_client_is_told_how_to_get_one(monkeypatch):
    """None of the three clients is on PATH."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DeliveryError, match=r"crane, skopeo or oras must be on PATH.*apt install"):
        find_client()
