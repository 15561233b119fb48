# wasminfer_warnings(TARGET): the project's warnings, for its own targets only; errors where it is developed.
function(wasminfer_warnings target)
    target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
        # An aggregate with designated initialisers leaves out what has a good default: that is what they are for.
        -Wno-missing-field-initializers)
    if(WASMINFER_DEVELOPER)
        target_compile_options(${target} PRIVATE -Werror)
    endif()
endfunction()
