"""The versions of a pipeline: their names, and the versions on a server."""

import kfp_server_api

from kfp_launcher.definitions import Definition

_PAGE = 100


def version_name(version: str, definition: Definition, *, release: bool) -> str:
    """Return the name of a version: the module's version, with a digest if it is not a release."""
    return version if release else "-".join(filter(None, [version, definition.digest]))


def find_pipeline(client: kfp_server_api.ApiClient, name: str, namespace: str | None) -> str | None:
    """Return the id of the pipeline with a name, or None."""
    api = kfp_server_api.PipelineServiceApi(client)
    options = {"namespace": namespace} if namespace else {}
    try:
        return api.pipeline_service_get_pipeline_by_name(name, **options).pipeline_id
    except kfp_server_api.ApiException as error:
        if error.status != 404:
            raise
        return None


def find_version(
    client: kfp_server_api.ApiClient, pipeline_id: str, name: str
) -> kfp_server_api.V2beta1PipelineVersion | None:
    """Return the version with a name, or None."""
    api = kfp_server_api.PipelineServiceApi(client)
    token = ""
    while True:
        page = api.pipeline_service_list_pipeline_versions(
            pipeline_id, page_size=_PAGE, page_token=token, sort_by="created_at desc"
        )
        for version in page.pipeline_versions or []:
            if version.display_name == name:
                return version
        token = page.next_page_token
        if not token:
            return None
