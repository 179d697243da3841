"""A component whose compiled form can be changed before KFP writes it."""

from kfp.dsl.base_component import BaseComponent


class Resolved(BaseComponent):
    """Stands for another component, with a pipeline spec that may be edited.

    KFP offers no step between compiling and writing. It does write whatever `pipeline_spec` a
    component has, so the output stays, byte for byte, of KFP's own making.
    """

    def __init__(self, component: BaseComponent):
        super().__init__(component.component_spec)
        self.description = component.description
        self._platform_spec = component.platform_spec
        self._pipeline_spec = component.pipeline_spec

    @property
    def pipeline_spec(self):
        """The compiled form of the component, the same object at every call."""
        return self._pipeline_spec

    @property
    def platform_spec(self):
        """What the component asks of Kubernetes and other platforms."""
        return self._platform_spec

    def execute(self, **kwargs):
        """Never called: only compiling uses this class."""
        raise NotImplementedError
