#include "tests/lib/history_words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t history_words(const char *words, struct sim_linear_operation *operations)
{
    size_t count = 0;
    char copy[512];

    assert(strlen(words) < sizeof(copy));
    strcpy(copy, words);
    for (char *word = strtok(copy, " "); word != NULL; word = strtok(NULL, " ")) {
        struct sim_linear_operation *one = &operations[count++];
        unsigned session, key;
        int value, invoked, returned;
        char deed;

        assert(count <= HISTORY_WORDS_MAX);
        assert(sscanf(word, "%u:%c%u=%d@%d-%d", &session, &deed, &key, &value, &invoked,
                      &returned) == 6);
        *one = (struct sim_linear_operation){
            .kind = deed == 'w'   ? SIM_LINEAR_WRITE
                    : deed == 'r' ? SIM_LINEAR_READ
                    : deed == 'd' ? SIM_LINEAR_DELETE
                    : deed == 'a' ? SIM_LINEAR_ADD
                                  : SIM_LINEAR_CAS,
            .process = session,
            .key = key,
            .argument = deed == 'w' ? value : SIM_NIL,
            .second = value,
            .value = value == 0 ? SIM_NIL : value,
            .answered = returned != 0,
            .invoked = (uint64_t)invoked,
            .returned = returned == 0 ? SIM_LINEAR_OPEN : (uint64_t)returned,
            .time_invoked = (int64_t)invoked * 1000000,
            .time_returned = (int64_t)returned * 1000000,
        };
    }
    return count;
}
