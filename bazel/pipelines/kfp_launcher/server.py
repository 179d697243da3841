"""The connection to a Kubeflow Pipelines server: flags, certificates, and advice on failures."""

import argparse
import logging
import os
import ssl
import sys
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import kfp_server_api
import urllib3

_HOST, _TOKEN, _CA, _COOKIES = "KFP_HOST", "KFP_TOKEN", "SSL_CERT_FILE", "KFP_COOKIES"
_FORWARD = "kubectl port-forward --namespace {} service/ml-pipeline-ui 8080:80"
# The path of Kubernetes' API server that leads to KFP's, for access through a kube context.
_PROXIED = "/api/v1/namespaces/{}/services/ml-pipeline:8888/proxy"
_DEFAULT_NAMESPACE = "kubeflow"

ERRORS = (urllib3.exceptions.HTTPError, kfp_server_api.ApiException)


def add_server_flags(add: Callable[..., object]) -> None:
    """Add the flags that select a server and the way to reach it.

    Args:
        add: A function that adds a flag, from its name without dashes and options of argparse.
    """
    add("host", type=_url, default=os.environ.get(_HOST), help=f"URL of the server (or {_HOST})")
    add("token", default=os.environ.get(_TOKEN), help=f"bearer token (or {_TOKEN})")
    add("cookies", default=os.environ.get(_COOKIES), help=f"cookies of a session (or {_COOKIES})")
    add("namespace", help="Kubernetes namespace, on a multi-user server")
    add(
        "ca",
        default=os.environ.get(_CA),
        metavar="FILE",
        help=f"CA certificate that signed the server's (or {_CA})",
    )
    add("insecure", action="store_true", help="accept any certificate of the server")
    add("proxy", type=_url, help="URL of an HTTP proxy; by default the environment's")
    add("kube_context", help="reach the server through this context of kubectl, without --host")


def connect(options: argparse.Namespace) -> kfp_server_api.ApiClient:
    """Return a client of a server that answers.

    Args:
        options: The parsed flags of `add_server_flags`.

    Raises:
        HTTPError: If it cannot be reached.
        ApiException: If it refuses to answer.
    """
    # The message of the last attempt contains the warnings of the retries.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    if options.insecure:
        print("WARNING: --insecure: anyone in between can read the token.", file=sys.stderr)
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    client = kfp_server_api.ApiClient(_configuration(options), cookie=options.cookies)
    kfp_server_api.HealthzServiceApi(client).healthz_service_get_healthz()
    return client


def explain(error: Exception, options: argparse.Namespace) -> str:
    """Return a message with the problem of a server or a request, and with a fix.

    Args:
        error: One of `ERRORS`.
        options: The parsed flags of `add_server_flags`.
    """
    if isinstance(error, kfp_server_api.ApiException):
        return _refused(options, error)
    reason = getattr(error, "reason", None) or error
    if isinstance(reason, ssl.SSLError | urllib3.exceptions.SSLError):
        return (
            f"host must have a certificate that can be verified, got {options.host!r} ({reason}). "
            f"Pass --ca FILE or set {_CA}; --insecure accepts any."
        )
    if isinstance(reason, urllib3.exceptions.ProxyError):
        return f"proxy must lead to {options.host!r}, got {options.proxy!r} ({reason})."
    return (
        f"host must be a Kubeflow Pipelines server that answers, got {options.host!r} ({reason}). "
        f"Pass --host, or make it reachable: {_FORWARD.format(_DEFAULT_NAMESPACE)}"
    )


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(
            f"must begin with http:// or https://, got {text!r}. Try http://{text}"
        )
    return text


def _configuration(options: argparse.Namespace) -> kfp_server_api.Configuration:
    configuration = kfp_server_api.Configuration(host=(options.host or "").rstrip("/"))
    # The user is told immediately if a KFP server cannot answer.
    configuration.retries = urllib3.Retry(2, redirect=0, backoff_factor=0.2)
    if not options.host:
        _use_context(configuration, options)
    if options.token:
        configuration.api_key = {"authorization": options.token}
        configuration.api_key_prefix = {"authorization": "Bearer"}
    if options.ca:
        configuration.ssl_ca_cert = options.ca
    if options.insecure:
        configuration.verify_ssl = False
        configuration.assert_hostname = False
    configuration.proxy = options.proxy or _environment_proxy(configuration.host)
    return configuration


def _use_context(configuration: kfp_server_api.Configuration, options: argparse.Namespace) -> None:
    """Take host, certificates and credentials from kubectl's configuration."""
    from kubernetes import config

    try:
        config.load_kube_config(client_configuration=configuration, context=options.kube_context)
    except config.ConfigException as error:
        sys.exit(
            f"kube_context must be a context of kubectl, got {options.kube_context!r} ({error}). "
            "Choose another, or pass --host."
        )
    configuration.host += _PROXIED.format(_DEFAULT_NAMESPACE)


def _environment_proxy(host: str) -> str | None:
    """Return the proxy that the environment names for a host: HTTPS_PROXY, NO_PROXY and so on."""
    parts = urlsplit(host)
    if urllib.request.proxy_bypass(parts.netloc):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def _refused(options: argparse.Namespace, error: kfp_server_api.ApiException) -> str:
    if error.status in (401, 403):
        return (
            f"token must be one that {options.host} accepts, got {error.status} {error.reason}. "
            f"Pass --token or set {_TOKEN}. Behind a login page, pass its --cookies."
        )
    return f"{options.host} refused: {error.status} {error.reason}\n{error.body or ''}".rstrip()


def parse_server(parser: argparse.ArgumentParser, arguments: list[str]) -> argparse.Namespace:
    """Parse a command line with the flags of a server, or exit with the error in it."""
    add_server_flags(lambda name, **options: parser.add_argument(f"--{name}", **options))
    options: Any = parser.parse_args(arguments)
    if not options.host and not options.kube_context:
        parser.error(f"--host must be given, or {_HOST} set, or --kube_context.")
    return options
