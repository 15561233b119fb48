// What generated headers and the apps around them include: the arena, the weights, and the views of both.
#pragma once

#include <cassert>
#include <concepts>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include <wasminfer/core.hpp>
#include <wasminfer/observe.hpp>
#include <wasminfer/tensor_view.hpp>
#include <wasminfer/weights.hpp>

namespace wasminfer {

/// A place in a model's arena, in bytes from its start.
struct arena_at {
    std::size_t offset;
};

/// A place in a model's weights, in bytes from their start.
struct weight_at {
    std::size_t offset;
};

/// Where the weights of a model without any are.
inline constexpr std::byte no_weights[1]{};

/// Base of generated models: owns the arena, or uses the caller's, and knows where the weights are.
///
/// The arena is allocated once, when the model is made; run() allocates nothing. Where that allocation fails, or weights
/// that come from outside are not there yet, ready() is false and run() must not be called.
class model {
public:
    static constexpr std::size_t arena_alignment = 64;

    model(const model&) = delete;
    model& operator=(const model&) = delete;
    model(model&& other) noexcept
        : arena_{std::exchange(other.arena_, nullptr)}, weights_{std::exchange(other.weights_, nullptr)},
          owned_{std::exchange(other.owned_, false)}
    {
    }
    model& operator=(model&& other) noexcept
    {
        std::swap(arena_, other.arena_);
        std::swap(weights_, other.weights_);
        std::swap(owned_, other.owned_);
        return *this;
    }

    /// Whether run() may be called.
    bool ready() const noexcept { return arena_ != nullptr && weights_ != nullptr; }

protected:
    model(std::size_t arena_bytes, const void* weights) noexcept
        : arena_{static_cast<std::byte*>(::operator new(arena_bytes, std::align_val_t{arena_alignment}, std::nothrow))},
          weights_{static_cast<const std::byte*>(weights)}, owned_{true}
    {
    }

    /// `arena` must have at least `arena_bytes` bytes, be aligned to arena_alignment, and outlive the model.
    model(std::span<std::byte> arena, [[maybe_unused]] std::size_t arena_bytes, const void* weights) noexcept
        : arena_{arena.data()}, weights_{static_cast<const std::byte*>(weights)}
    {
        assert(arena.size() >= arena_bytes && "the arena is too small for this model");
        assert(reinterpret_cast<std::uintptr_t>(arena.data()) % arena_alignment == 0 && "the arena is not aligned");
    }

    ~model()
    {
        if (owned_) {
            ::operator delete(arena_, std::align_val_t{arena_alignment});
        }
    }

    void use_weights(const std::byte* weights) noexcept { weights_ = weights; }

    /// Some of a network's steps, as a function of their own in wasm. Where all steps are one function, V8 keeps less of what
    /// their loops compute in registers (gtcrn_simple 1.24 times as long, bert_mini_synth 1.23, pt_yolo_grid_nms 1.2), and
    /// what runs for the first time waits for all of it to be optimised.
    template <class Steps>
    static WASMINFER_INLINE void part(Steps steps) noexcept
    {
        void (*const run)(Steps&) noexcept = [](Steps& these) noexcept { these(); };
        detail::apart(run)(steps);
    }

    // What a model keeps from one run to the next lies at the arena's start.
    void clear_state(std::size_t bytes) noexcept
    {
        if (arena_ != nullptr) {
            std::memset(launder_region<std::byte>(arena_), 0, bytes);
        }
    }
    // Behind it, in a snapshot, what counts the rows of caches.
    void save_state(std::span<std::byte> to, std::same_as<index> auto... counters) const noexcept
    {
        std::size_t at = to.size() - sizeof(std::int64_t) * sizeof...(counters);
        std::memcpy(to.data(), launder_region<std::byte>(arena_), at);
        [[maybe_unused]] const auto save = [&](std::int64_t counter) {
            std::memcpy(to.data() + at, &counter, sizeof counter);
            at += sizeof counter;
        };
        (save(counters), ...);
    }
    void load_state(std::span<const std::byte> from, std::same_as<index> auto&... counters) noexcept
    {
        std::size_t at = from.size() - sizeof(std::int64_t) * sizeof...(counters);
        std::memcpy(launder_region<std::byte>(arena_), from.data(), at);
        [[maybe_unused]] const auto load = [&](index& counter) {
            std::int64_t saved = 0;
            std::memcpy(&saved, from.data() + at, sizeof saved);
            counter = static_cast<index>(saved);
            at += sizeof saved;
        };
        (load(counters), ...);
    }

    // Typed pointers. Arena bytes may have held another type before: see launder_region.
    template <class T>
    T* at(arena_at place) const noexcept
    {
        return launder_region<T>(arena_ + place.offset);
    }
    template <class T>
    const T* at(weight_at place) const noexcept
    {
        return reinterpret_cast<const T*>(weights_ + place.offset);
    }

    auto f32(auto place) const noexcept { return at<float>(place); }
    auto f16(auto place) const noexcept { return at<half>(place); }
    auto f64(auto place) const noexcept { return at<double>(place); }
    auto boolean(auto place) const noexcept { return at<bool>(place); }
    auto i8(auto place) const noexcept { return at<std::int8_t>(place); }
    auto i16(auto place) const noexcept { return at<std::int16_t>(place); }
    auto i32(auto place) const noexcept { return at<std::int32_t>(place); }
    auto i64(auto place) const noexcept { return at<std::int64_t>(place); }
    auto u8(auto place) const noexcept { return at<std::uint8_t>(place); }
    auto u16(auto place) const noexcept { return at<std::uint16_t>(place); }
    auto u32(auto place) const noexcept { return at<std::uint32_t>(place); }
    auto u64(auto place) const noexcept { return at<std::uint64_t>(place); }

private:
    std::byte* arena_ = nullptr;
    const std::byte* weights_ = nullptr;
    bool owned_ = false;
};

}  // namespace wasminfer
