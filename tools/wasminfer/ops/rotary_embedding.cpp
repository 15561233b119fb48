// RotaryEmbedding.
#include <wasminfer/kernels/rotary_embedding.hpp>

#include "ops/attention.hpp"
#include "ops/attributes.hpp"
#include "ops/spatial.hpp"
#include "ops/strided.hpp"

namespace wasminfer::gen {

namespace {

/// A node's operands and attributes, checked.
struct Rotation {
    explicit Rotation(const NodeView& view)
    {
        const auto count = view.int_attribute("num_heads", 0);
        x = heads_of(view.shape(0), count > 0 ? std::optional<Dim>{count} : std::nullopt, "the input");
        const auto given = view.int_attribute("rotary_embedding_dim", 0);
        rotated = given == 0 ? x.width : Dim{given};
        if (given < 0 || (x.width.is_constant() && given > x.width.constant())) {
            NodeView::fail("rotary_embedding_dim " + std::to_string(given) + " is outside the head size " +
                           x.width.str());
        }
        if (!known_equal(mod(rotated, 2), 0)) {
            NodeView::fail("an odd number of elements, " + rotated.str() + ", makes no pairs");
        }
        const Shape& cache = view.shape(1);
        if (!(cache == view.shape(2))) {
            NodeView::fail("the caches have different shapes, " + to_string(cache) + " and " +
                           to_string(view.shape(2)));
        }
        if (cache.size() != (view.has(3) ? 2U : 3U)) {
            NodeView::fail(std::string{"the caches should have "} + (view.has(3) ? "two" : "three") +
                           " dimensions and have the shape " + to_string(cache));
        }
        const Dim half = floor_div(rotated, 2);
        if (half.is_constant() && cache.back().is_constant() && cache.back().constant() < half.constant()) {
            NodeView::fail("the caches have " + cache.back().str() + " angles a row for " + half.str() + " pairs");
        }
        if (!half.is_constant() || !cache.back().is_constant()) {
            require_equal(cache.back(), half, "angles a row of the caches and pairs of a head");
        }
        if (view.has(3)) {
            positions = pair_strides(view.shape(3), "position_ids");
            cache_rows = cache[0];
            cache_strides = {0, cache[1]};
        } else {
            cache_strides = pair_strides({cache[0], cache[1]}, "the caches");
            cache_strides = {cache_strides[0] * cache[2], cache_strides[1] * cache[2]};
            cache_rows = cache[1];
        }
    }

    /// Strides along batch and row of a [batch, rows] tensor, which may repeat along either.
    std::vector<Dim> pair_strides(const Shape& shape, const std::string& what) const
    {
        if (shape.size() != 2) {
            NodeView::fail(what + " should have two dimensions and has the shape " + to_string(shape));
        }
        const Dim* const whole[] = {&x.batch, &x.rows};
        std::vector<Dim> strides{shape[1], 1};
        for (std::size_t axis = 0; axis < 2; ++axis) {
            if (shape[axis] == Dim{1}) {
                strides[axis] = 0;
            } else {
                require_equal(shape[axis], *whole[axis], what + " and the input");
            }
        }
        return strides;
    }

    Heads x;
    Dim rotated, cache_rows;
    std::vector<Dim> cache_strides;
    std::vector<Dim> positions{0, 0};
};

void infer_rotary_embedding(Infer& infer)
{
    infer.require_inputs(3, 4);
    only_attributes(infer, {"interleaved", "num_heads", "rotary_embedding_dim"});
    infer.require_float(0);
    infer.require_same_type(0, 1);
    infer.require_same_type(0, 2);
    if (infer.has(3)) {
        infer.require_types(3, {DType::i64});
    }
    const Rotation checked{infer};
    infer.set(0, infer.dtype(0), infer.shape(0));
}

void lower_rotary_embedding(Lower& lower)
{
    const Rotation r{lower};
    const bool neighbours = lower.int_attribute("interleaved", 0) != 0;
    lower.call("rotary_embedding", "kernels/rotary_embedding.hpp")
        .templates(neighbours ? "rotary_pairs::neighbours" : "rotary_pairs::halves")
        .read(lower.operand(0))
        .read(lower.operand(1))
        .read(lower.operand(2))
        .read(lower.operand(3))
        .write(lower.result(0))
        .extents({{"batch", r.x.batch},
                  {"heads", r.x.heads},
                  {"rows", r.x.rows},
                  {"width", r.x.width},
                  {"rotated", r.rotated},
                  {"x", r.x.strides()},
                  {"out", r.x.strides()},
                  {"cache_rows", r.cache_rows},
                  {"cache", r.cache_strides},
                  {"positions", r.positions}})
        .in_place(lower.out(0), lower.in(0))
        .host([neighbours, type = lower.dtype(0)](const HostCall& call) {
            dispatch_float(type, [&]<class T>() {
                const auto run = [&]<rotary_pairs pairs>() {
                    rotary_embedding<pairs>(call.in<T>(0), call.in<T>(1), call.in<T>(2), call.in<std::int64_t>(3),
                                            call.out<T>(4), call.extents<rotary_embedding_extents>());
                };
                if (neighbours) {
                    run.template operator()<rotary_pairs::neighbours>();
                } else {
                    run.template operator()<rotary_pairs::halves>();
                }
            });
        });
}

}  // namespace

std::span<const Operator> rotary_embedding_rows()
{
    static constexpr Operator rows[] = {
        {.type = "RotaryEmbedding", .since = 23, .infer = infer_rotary_embedding, .lower = lower_rotary_embedding},
    };
    return rows;
}

}  // namespace wasminfer::gen
