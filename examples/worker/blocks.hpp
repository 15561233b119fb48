// The memory that one request's picture may take.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <vector>

/// Blocks that a decoder asked for. begin() frees all that are left, so that a broken file leaks nothing, and allow() bounds
/// what may be asked for, so that none inflates beyond what its header announced.
class Blocks {
public:
    void begin()
    {
        for (void* block : blocks_) {
            std::free(block);
        }
        blocks_.clear();
    }

    void allow(std::size_t bytes) { left_ = bytes; }

    /// Null where there is no memory, or more than is allowed was asked for.
    void* make(std::size_t bytes)
    {
        if (bytes > left_) {
            return nullptr;
        }
        void* block = std::malloc(bytes);
        if (block != nullptr) {
            left_ -= bytes;
            blocks_.push_back(block);
        }
        return block;
    }

    void* resize(void* from, std::size_t had, std::size_t bytes)
    {
        void* to = make(bytes);
        if (to != nullptr && from != nullptr) {
            std::copy_n(static_cast<std::byte*>(from), std::min(had, bytes), static_cast<std::byte*>(to));
            drop(from);
        }
        return to;
    }

    void drop(void* block)
    {
        std::free(block);
        std::erase(blocks_, block);
    }

private:
    std::vector<void*> blocks_;
    std::size_t left_ = 0;
};
