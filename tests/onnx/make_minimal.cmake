# Makes the minimal cases in FOLDER, and checks that every operator that the generator lists has one.
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
execute_process(COMMAND "${GENERATOR}" ops OUTPUT_FILE "${FOLDER}/operators.txt" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" -E env PYTHONDONTWRITEBYTECODE=1 "${PYTHON}" "${MAKE}" "${FOLDER}"
    "${FOLDER}/operators.txt" COMMAND_ERROR_IS_FATAL ANY)
