#include <cstdio>
#include <scale.hpp>

float scaled(float x);  // of part.cpp

int main()
{
    scale::Model model;
    model.x(std::array{1.0f, 2.0f, 3.0f, 4.0f});
    model.run();
    std::printf("%g %g\n", static_cast<double>(model.y()[1]), static_cast<double>(scaled(10)));
}
