"""platform_images: the images of a library of components for one platform."""

load("//bazel/private:tool.bzl", "layout_files", "run_tool", "tool_args")
load(":bill.bzl", "write_bills")
load(":description.bzl", "DESCRIPTION", "TITLE", "add_description")
load(":image_layers.bzl", "ImageLayersInfo", "KfpComponentsInfo", "image_layers")
load(":layer.bzl", "LayerInfo", "pack_files")
load(":platform_transition.bzl", "PLATFORM", "platform_transition")
load(":py_layer.bzl", "PyLayerInfo")

visibility("//bazel/...")

PlatformImagesInfo = provider(
    doc = "The images of one platform.",
    fields = {
        "bills": "dict: the bill of materials, a File, by the name of a component's function, empty for the whole library.",
        "components": "dict: struct of an image, as `whole`, by the name of a component's function.",
        "modules": "File: the paths of the library's files in each component's image, as JSON by the name of its function.",
        "linked": "depset of Files: the files to which the layouts have links.",
        "whole": "struct of the image of the whole library: digest and layout, Files.",
    },
)

# Engines accept at most about 125 layers, including those of the base.
_MOST = 96

def _merged(infos, field):
    return depset(transitive = [getattr(info, field) for info in infos]).to_list()

def _distributions(title, libraries):
    """Returns the distributions that libraries need, by repository; an image has one version of each."""
    found = _merged(libraries, "distributions")
    known = {}
    for each in found:
        other = known.setdefault(each.name, each) if each.name else each
        if other.repository != each.repository:
            fail(("The image {} must have one version of {}, got those of @{} and @{}. A component may need " +
                  "another version than others do, since it has an image of its own; kfp_image.deps may not.").format(
                title,
                each.name,
                other.repository,
                each.repository,
            ))
    return {each.repository: each.layer for each in found}

def _third_party(ctx, title, libraries):
    """Returns the layers of distributions: the given ones, then one for each other distribution."""
    needed = _distributions(title, libraries)
    given, covered = [], {}
    for target in ctx.attr.layers:
        repositories = target[PyLayerInfo].repositories
        if [repository for repository in repositories if repository in needed]:
            given.append(target[LayerInfo])
            covered |= {repository: None for repository in repositories}
    return given + [layer for repository, layer in needed.items() if repository not in covered]

def _by_package(ctx, name, modules):
    """Packs one layer for each package, if one for each library would be too many."""
    packages = {}
    for module in modules:
        packages.setdefault(module.package, []).extend(module.entries)
    return [
        pack_files(ctx, "{}.{}".format(name, package.replace("/", "_")), entries, ctx.executable._py_layer)
        for package, entries in packages.items()
    ]

def _layers(ctx, title, libraries, modules, topmost = []):
    """Returns all layers above the base from the lowest up; those that change often are at the top."""
    lowest = [target[LayerInfo] for target in ctx.attr.lowest]
    runtime = [target[LayerInfo] for target in ctx.attr.runtime + topmost]
    return lowest + _third_party(ctx, title, libraries) + runtime + modules

def _modules(ctx, name, libraries):
    """Returns a layer for each library, so that after an edit only that library is pushed again."""
    modules = _merged(libraries, "modules")
    if len(modules) > _MOST:
        return _by_package(ctx, name, modules)
    return [module.layer for module in modules]

def _put_together(ctx, name, title, layers):
    layout = ctx.actions.declare_directory(name)
    digest = ctx.actions.declare_file(name + ".digest")
    args = tool_args(ctx, [layout])
    args.add(digest, format = "--digest=%s")
    args.add(ctx.file.base.path, format = "--base=%s")
    args.add_all(["{}={}".format(layer.descriptor.path, layer.tar.path) for layer in layers], format_each = "--layer=%s")
    args.add_all(["{}={}".format(key, value) for key, value in ctx.attr.env.items()], format_each = "--env=%s")
    args.add(ctx.attr.user, format = "--user=%s")
    args.add(ctx.attr.workdir, format = "--workdir=%s")
    described = add_description(ctx, args, {TITLE: title})
    inputs = depset(
        [file for layer in layers for file in [layer.descriptor, layer.tar]] + described,
        transitive = [layout_files(ctx.attr.base)],
    )
    run_tool(ctx, [layout, digest], args, inputs, "ImageLayout", "Putting together")
    return struct(digest = digest, layout = layout, tars = [layer.tar for layer in layers])

def _component_image(ctx, component, library):
    name = "{}.{}".format(ctx.label.name, component)
    title = "{} {}".format(ctx.attr.title, component)
    layers = _layers(ctx, title, [library], _modules(ctx, name, [library]))
    return _put_together(ctx, name, title, layers)

def _held_modules(ctx, known):
    """Writes a file that lists the modules in each component's image."""
    held = {
        name: [path for module in _merged([library], "modules") for path, _ in module.entries]
        for name, library in known.items()
    }
    out = ctx.actions.declare_file(ctx.label.name + ".modules.json")
    ctx.actions.write(out, json.encode(held))
    return out

def _infos(targets):
    return [target[ImageLayersInfo] for target in targets]

def _platform_images_impl(ctx):
    libraries = _infos(ctx.attr.deps)
    wrappers = {module: None for module in _merged(_infos(ctx.attr.wrappers), "modules")}
    for module in _merged(libraries, "modules"):
        wrappers.pop(module, None)
    modules = _by_package(ctx, ctx.label.name, wrappers.keys()) + _modules(ctx, ctx.label.name, libraries)
    whole = _layers(ctx, ctx.attr.title, libraries, modules, ctx.attr.topmost)
    known = {}
    for target in ctx.attr.components:
        known |= target[KfpComponentsInfo].components
    images = {"": _put_together(ctx, ctx.label.name, ctx.attr.title, whole)} | {
        name: _component_image(ctx, name, library)
        for name, library in known.items()
    }
    tars = {tar: None for image in images.values() for tar in image.tars}
    linked = depset(tars.keys(), transitive = [layout_files(ctx.attr.base)])
    layouts = {name: image.layout for name, image in images.items()}
    bills = write_bills(ctx, layouts, linked)
    return [
        DefaultInfo(
            files = depset([images[""].layout]),
            runfiles = ctx.runfiles([images[""].layout], transitive_files = linked),
        ),
        OutputGroupInfo(
            bills = depset(bills.values()),
            digest = depset([images[""].digest]),
        ),
        PlatformImagesInfo(
            bills = bills,
            components = {name: image for name, image in images.items() if name},
            linked = linked,
            modules = _held_modules(ctx, known),
            whole = images[""],
        ),
    ]

_LIBRARIES = dict(
    aspects = [image_layers],
    cfg = platform_transition,
)

platform_images = rule(
    implementation = _platform_images_impl,
    doc = "The image of a whole library, and one for each component with only its dependencies.",
    attrs = DESCRIPTION | {
        "base": attr.label(
            mandatory = True,
            allow_single_file = True,
            doc = "The base, an image layout of the platform.",
        ),
        "components": attr.label_list(
            doc = "kfp_components: the components that have an image of their own.",
            **_LIBRARIES
        ),
        "deps": attr.label_list(
            doc = "The libraries in the whole library's image, which also has their dependencies.",
            **_LIBRARIES
        ),
        "env": attr.string_dict(doc = "Environment variables in addition to those of the base."),
        "layers": attr.label_list(
            providers = [LayerInfo, PyLayerInfo],
            doc = "py_layers. An image has those that hold a distribution that it needs.",
        ),
        "licenses": attr.string_dict(doc = "The licence of each distribution whose metadata does not have an SPDX licence."),
        "lowest": attr.label_list(
            providers = [LayerInfo],
            doc = "Layers directly above the base.",
        ),
        "platform": PLATFORM,
        "runtime": attr.label_list(
            providers = [LayerInfo],
            doc = "Layers between the distributions and the libraries, such as kfp.",
        ),
        "title": attr.string(mandatory = True, doc = "The title of the images."),
        "topmost": attr.label_list(
            providers = [LayerInfo],
            doc = "Further layers of the whole library's image.",
        ),
        "user": attr.string(mandatory = True, doc = "The user, and the group after a colon, as numbers."),
        "wheel": attr.label(
            allow_single_file = [".whl"],
            doc = "The wheel of the library; every image contains at least a part of it.",
        ),
        "wheels": attr.label_list(
            allow_files = [".whl"],
            cfg = platform_transition,
            doc = "The wheels of all distributions, for the bills of materials. Without them no bill is written.",
        ),
        "workdir": attr.string(mandatory = True, doc = "The folder in which a container starts."),
        "wrappers": attr.label_list(
            doc = "Libraries whose modules are in the whole library's image, but without their dependencies.",
            **_LIBRARIES
        ),
        "_py_layer": attr.label(
            default = ":py_layer_main",
            executable = True,
            cfg = "exec",
        ),
        "_sbom": attr.label(
            default = ":sbom_main",
            executable = True,
            cfg = "exec",
        ),
        "_tool": attr.label(
            default = ":image_layout_main",
            executable = True,
            cfg = "exec",
        ),
    },
)
