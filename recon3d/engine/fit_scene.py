"""From a scene on disk to a run folder."""

from __future__ import annotations

from recon3d.engine.device import chosen_device
from recon3d.engine.fit_request import FitRequest
from recon3d.engine.fit_session import Session
from recon3d.engine.progress import Progress
from recon3d.engine.recipe import Recipe
from recon3d.engine.run_folder import RunFolder
from recon3d.engine.watching import Watcher
from recon3d.errors import UsageError
from recon3d.io.scene import load_scene
from recon3d.types import Gaussians, RadianceField, Scene


def fit_scene(
    request: FitRequest,
    progress: Progress,
    overwrite: bool = False,
    resume: bool = False,
    watcher: Watcher | None = None,
) -> RunFolder:
    """Fit, write the run folder, score the held-out views.

    With `resume` an interrupted run goes on from its last checkpoint. A watcher changes nothing but the time it takes.
    Raises what reading the scene raises before anything is written, BadInput for an output that exists, UsageError for
    a recipe that fits no scene, Diverged for a fit that does, and Interrupted, after saving, when a signal asked for
    the end.
    """
    check_request(request)
    run = RunFolder(request.output)
    asked_to_resume, resume = resume, resume and run.manifest.is_file()
    if not resume:
        RunFolder.refuse_existing(request.output, overwrite or asked_to_resume)
    device = chosen_device(request.device)
    scene = read_scene(request, progress)
    if not resume:
        run = RunFolder.create(request.output, overwrite or asked_to_resume)
    session = Session(request, run, scene, device, progress)
    session.watcher = watcher
    if resume and run.checkpoint.is_file():
        session.restore()
    else:
        session.begin()
    return session.run_to_the_end()


def check_recipe(recipe: Recipe) -> None:
    """Raises UsageError where the recipe fits no scene."""
    recipe.require("objective", "fit", purpose="to fit a scene")
    encoder = recipe.parts["encoder"]
    if not hasattr(encoder.build, "begin"):
        raise UsageError(
            f"recipe {recipe.name}", f"{encoder.name} is not fitted to one scene", "use it in another verb"
        )


def check_request(request: FitRequest) -> None:
    """Raises UsageError where the recipe fits no scene, or not as it is asked to."""
    recipe = request.recipe
    check_recipe(recipe)
    if request.start is not None and recipe.parts["encoder"].build.produces is not Gaussians:
        raise UsageError("--start", f"gives Gaussians, and {recipe.name} fits a radiance field", "leave --start out")
    if request.weights is not None or request.refinement is not None:
        reason = f"are for encoders that have learnt to look, and {recipe.name} fits"
        raise UsageError("--weights and --refine", reason, "choose gslrm_small, or leave them out")


def check_watchable(recipe: Recipe) -> None:
    """Raises UsageError where the recipe fits what the viewer cannot show."""
    if recipe.parts["encoder"].build.produces is RadianceField:
        raise UsageError("--view", f"shows splats, and {recipe.name} fits a radiance field", "leave --view out")


def read_scene(request: FitRequest, progress: Progress) -> Scene:
    """The scene in the frame of its files, every picture decoded once so that a broken one is reported now."""
    scene = load_scene(request.scene, request.options)
    for views in (scene.train, scene.test):
        views.check()
    progress.say(f"{scene.format} scene: {len(scene.train)} pictures to learn from, {len(scene.test)} held out")
    for note in scene.notes:
        progress.say(f"note: {note}")
    return scene
