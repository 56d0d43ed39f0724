// The plain C door of the splatting kernels (recon3d/kernels/cpu is the other side). Every function returns 0, or
// 1 where memory ran out. No Python, no torch: one build serves every version of both.
#include "splat.h"
#include "threads.h"

EXPORT Workspace* recon3d_workspace_new() { return new (std::nothrow) Workspace; }
EXPORT void recon3d_workspace_free(Workspace* workspace) { delete workspace; }

EXPORT void recon3d_set_threads(int count) { threads::set_count(count); }

// What the last forward pass took: {visible Gaussians, (tile, Gaussian) pairs, pixels at which a pair was evaluated}.
EXPORT void recon3d_work(Workspace* workspace, int64_t* work) {
    work[0] = workspace->visible;
    work[1] = static_cast<int64_t>(workspace->pairs);
    work[2] = 0;
    for (size_t pair = 0; pair < workspace->pairs; pair++)
        work[2] += LANES * __builtin_popcountll(workspace->block_masks[pair]);
}

// colour height x width x 3 over black, alpha and depth height x width; depth may be null unless camera.with_depth.
EXPORT int recon3d_splat(Workspace* workspace, const Gaussians* gaussians, const Camera* camera, float* colour, float* alpha,
                  float* depth) try {
    project(*workspace, *gaussians, *camera);
    order_by_depth(*workspace, gaussians->count);
    bin_by_tile(*workspace);
    blend(*workspace, *camera, colour, alpha, depth);
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}

// Must follow recon3d_splat on the same workspace with the same Gaussians and camera. Writes every gradient whole.
EXPORT int recon3d_splat_backward(Workspace* workspace, const Gaussians* gaussians, const Camera* camera, const float* d_colour,
                           const float* d_alpha, const float* d_depth, const GaussianGradients* gradients) try {
    blend_backward(*workspace, *camera, d_colour, d_alpha, d_depth);
    project_backward(*workspace, *gaussians, *camera, *gradients);
    return 0;
} catch (const std::bad_alloc&) {
    return 1;
}

// 2: AVX-512, 1: AVX2 with FMA, 0: anything else, of the machine this runs on.
EXPORT int recon3d_cpu_level() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq"))
        return 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
    return 0;
}
