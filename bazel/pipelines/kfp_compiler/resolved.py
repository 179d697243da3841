"""A component whose compiled form can be changed before KFP writes it."""

from kfp.dsl.base_component import BaseComponent


class Resolved(BaseComponent):
    """Stands for another component, with a pipeline spec that may be edited.

    KFP offers no hook between compiling and writing. It does write whatever `pipeline_spec` a
    component has, so KFP itself still writes every byte of the output.
    """

    def __init__(self, component: BaseComponent):
        super().__init__(component.component_spec)
        self.description = component.description
        self._platform_spec = component.platform_spec
        self._pipeline_spec = component.pipeline_spec

    @property
    def pipeline_spec(self):
        """The compiled form of the component; every access returns the same object."""
        return self._pipeline_spec

    @property
    def platform_spec(self):
        """The component's configuration for Kubernetes and other platforms."""
        return self._platform_spec

    def execute(self, **kwargs):
        """Is never called, because this class is used only for compiling."""
        raise NotImplementedError
