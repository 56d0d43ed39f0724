// What the stages of splatting share: the camera, the arrays of Gaussians, one projected Gaussian, the workspace.
// The compositing rule and its constants are those of recon3d/kernels/interface.py.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

#include "lanes.h"

constexpr float ALPHA_MAX = 0.99f;
constexpr float LOG2_ALPHA_MIN = -7.99435343685886f;  // log2(1/255)
constexpr float TRANSMITTANCE_STOP = 1e-4f;
constexpr float LOW_PASS = 0.3f;
constexpr float SLOPE_MARGIN = 0.3f;
constexpr float COMPENSATION_FLOOR_SQUARED = 0.005f * 0.005f;

constexpr int TILE = LANES == 16 ? 32 : 16;          // pixels along a tile's side: as many as a BlockMask allows
constexpr int BLOCK_WIDTH = 4;                       // one vector of pixels covers a 4 x LANES/4 block of a tile
constexpr int BLOCK_HEIGHT = LANES / BLOCK_WIDTH;
constexpr int BLOCKS_ACROSS = TILE / BLOCK_WIDTH;
constexpr int BLOCKS_DOWN = TILE / BLOCK_HEIGHT;     // blocks are numbered down the columns
constexpr int BLOCKS = BLOCKS_ACROSS * BLOCKS_DOWN;
typedef uint64_t BlockMask;                          // bit b: block b of the tile is touched
static_assert(BLOCKS <= 64, "a BlockMask has 64 bits");

// Layouts shared with recon3d/kernels/cpu (ctypes).
extern "C" {
struct Camera {
    float camera_from_world[12];  // rows of the 3x4 matrix
    float centre[3];              // camera centre in the world
    float fx, fy, cx, cy;
    int32_t width, height;
    float near;
    int32_t antialiased, with_depth;
    float depth_from, depth_until;  // depth is averaged over what takes the light between these shares of it
};

struct Gaussians {
    int32_t count, sh_count;  // sh_count: 1, 4, 9 or 16 coefficients per colour channel
    const float *means, *quaternions, *scales, *opacities, *sh;
};

struct GaussianGradients {
    float *means, *quaternions, *scales, *opacities, *sh, *means2d;
};
}

// A Gaussian on the image plane. At an offset (dx, dy) from its mean log2 alpha = log2_opacity - u^2 - v^2 with
// u = u_x dx + u_y dy and v = v_y dy: the Cholesky factor of half the inverse covariance, because the plain quadratic
// form loses half its digits to cancellation along a needle.
struct alignas(64) Projected {
    float x, y;
    float u_x, u_y, v_y, log2_opacity;
    float colour[3];
    float depth;
    float inverse_u_x;
    float extreme_y;  // where the ellipse alpha = 1/255 reaches farthest right; farthest left it reaches at -extreme_y
    int16_t tile_left, tile_right, tile_top, tile_bottom;  // half open
    uint32_t first_pair;                                   // as pair_start
};
static_assert(sizeof(Projected) == 64, "one cache line");

// What one (tile, Gaussian) pair sends back to the Gaussian. `exponent` sums dL/d ln alpha over the pixels; the
// moments weigh it with u and v.
struct PairGradient {
    float colour[3], exponent;
    float u, v, u_u, u_v;
    float v_v, depth, unused[2];
};
static_assert(sizeof(PairGradient) == 48, "three vectors of four");

// A visible Gaussian while it is put in order: the bits of its depth, and which one it is.
struct DepthEntry {
    uint32_t key, index;
};

// Memory that only grows and is never cleared.
template <class T>
class Buffer {
   public:
    ~Buffer() { std::free(data_); }
    T* reserve(size_t count) {
        if (count > capacity_) {
            std::free(data_);
            capacity_ = count + count / 4;
            data_ = static_cast<T*>(std::aligned_alloc(64, (capacity_ * sizeof(T) + 63) / 64 * 64));
            if (!data_) {
                capacity_ = 0;
                throw std::bad_alloc();
            }
        }
        return data_;
    }
    T* data() { return data_; }
    T& operator[](size_t i) { return data_[i]; }
    void swap(Buffer& other) {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
    }

   private:
    T* data_ = nullptr;
    size_t capacity_ = 0;
};

// Everything one forward pass leaves for its backward pass.
struct Workspace {
    int tiles_across = 0, tiles_down = 0;
    int visible = 0;
    size_t pairs = 0;
    Buffer<Projected> projected;      // by Gaussian; meaningful where depth_key != 0
    Buffer<uint32_t> depth_key;       // bits of the depth, 0 = not visible
    Buffer<uint32_t> pair_count;      // by Gaussian: tiles touched
    Buffer<uint32_t> pair_start;      // by Gaussian, and the end: pairs of those before it
    Buffer<Projected> sorted;         // the visible ones, by depth
    Buffer<uint32_t> tile_start;      // tiles + 1 offsets into the lists below
    Buffer<uint32_t> tile_list;       // per tile: indices into `sorted`, front to back
    Buffer<uint32_t> tile_pair;       // per list entry: where its PairGradient goes
    Buffer<BlockMask> block_masks;    // per list entry
    Buffer<PairGradient> gradients;   // by pair, those of one Gaussian side by side, Gaussians in their own order
    Buffer<float> transmittance;      // by pixel, what is left after the last Gaussian
    Buffer<int32_t> last;             // by pixel: list entries up to the last one blended
    Buffer<DepthEntry> by_depth;      // the visible ones, near to far
    Buffer<DepthEntry> other_by_depth;
    Buffer<uint32_t> part_counts;     // scratch of the sorts: sizes, then places, by thread
};

void project(Workspace&, const Gaussians&, const Camera&);
void order_by_depth(Workspace&, int count);
void bin_by_tile(Workspace&);
void blend(Workspace&, const Camera&, float* colour, float* alpha, float* depth);
void blend_backward(Workspace&, const Camera&, const float* d_colour, const float* d_alpha, const float* d_depth);
void project_backward(Workspace&, const Gaussians&, const Camera&, const GaussianGradients&);
