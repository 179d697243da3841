"""Uploads one wheel by twine, and prints what the index answered.

A program of its own, so that it can be given up on in time, and has no more of the environment than
it is given. Its last line of output is a JSON object: the answer, or the error that came before one.
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
    """Upload the wheel once; return what the index answered.

    Where the wheel goes and as whom is in twine's variables of the environment.
    """
    parser = argparse.ArgumentParser()
    Settings.register_argparse_arguments(parser)
    settings = Settings.from_argparse(
        parser.parse_args(["--non-interactive", "--disable-progress-bar"])
    )
    settings.check_repository_url()
    repository = settings.create_repository()
    # twine's own tries come without a pause.
    response = repository.upload(PackageFile.from_filename(path, None), max_redirects=1)
    wait = response.headers.get("Retry-After", "")
    return {
        "status": response.status_code,
        "reason": _without_login(response.reason, repository),
        "body": _without_login(response.text, repository)[:_SHOWN],
        "retry_after": float(wait) if wait.isdecimal() else None,
    }


def _without_login(text: str, repository: Repository) -> str:
    """Return the text without the password, which may be one that twine has got for this upload."""
    login = repository.session.auth
    password = login[1] if isinstance(login, tuple) else ""
    return text.replace(password, "***") if password else text


def main() -> None:
    """Upload the wheel that the one argument names."""
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
