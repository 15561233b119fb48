#include <cstdio>
#include <digits.hpp>

int main()
{
    digits::Model model;
    model.run();
    std::puts("ran");
}
