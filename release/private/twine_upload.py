"""Uploads one wheel with twine, and prints the answer of the index.

This is a separate program, so that it can be stopped after a time limit and gets only the
environment variables that it needs. The last line of its output is a JSON object: the answer, or
the error that occurred instead.
"""

import argparse
import json
import sys
from typing import Any

import requests
from twine.exceptions import TwineException
from twine.package import PackageFile
from twine.repository import Repository
from twine.settings import Settings

_SHOWN = 2000  # characters of an answer


def upload(path: str) -> dict[str, Any]:
    """Upload the wheel once, and return the answer of the index.

    The environment variables of twine determine the destination and the credentials.
    """
    parser = argparse.ArgumentParser()
    Settings.register_argparse_arguments(parser)
    settings = Settings.from_argparse(
        parser.parse_args(["--non-interactive", "--disable-progress-bar"])
    )
    settings.check_repository_url()
    repository = settings.create_repository()
    # The retries of twine itself have no pauses between them.
    response = repository.upload(PackageFile.from_filename(path, None), max_redirects=1)
    wait = response.headers.get("Retry-After", "")
    return {
        "status": response.status_code,
        "reason": _without_login(response.reason, repository),
        "body": _without_login(response.text, repository)[:_SHOWN],
        "retry_after": float(wait) if wait.isdecimal() else None,
    }


def _without_login(text: str, repository: Repository) -> str:
    """Return the text without the password, which twine may have obtained for this upload."""
    login = repository.session.auth
    password = login[1] if isinstance(login, tuple) else ""
    return text.replace(password, "***") if password else text


def main() -> None:
    """Upload the wheel that is named by the only argument."""
    try:
        answer = upload(sys.argv[1])
    except requests.exceptions.SSLError as error:
        answer = {"error": str(error), "kind": "certificate"}
    except (requests.exceptions.RequestException, OSError) as error:
        answer = {"error": str(error), "kind": "connection"}
    except (TwineException, ValueError) as error:
        answer = {"error": str(error), "kind": "settings"}
    print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
