#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

const struct sim_interface store_interface = {
    .name = "store",
    .operations = {
        [STORE_READ] = { "read", SIM_WORDS(store_read), SIM_WORDS(store_reply) },
        [STORE_WRITE] = { "write", SIM_WORDS(store_write), SIM_WORDS(store_reply) },
        [STORE_CAS] = { "cas", SIM_WORDS(store_cas), SIM_WORDS(store_reply) },
        [STORE_ADD] = { "add", SIM_WORDS(store_add), SIM_WORDS(store_reply) },
        [STORE_APPEND] = { "append", SIM_WORDS(store_append), SIM_WORDS(store_reply) },
        [STORE_DELETE] = { "delete", SIM_WORDS(store_delete), SIM_WORDS(store_reply) },
    },
};

struct sim_operation store_operation_of(const struct sim_request *request)
{
    struct store_request copy = { { 0 } };

    assert(request->operation < STORE_OPERATIONS);
    memcpy(copy.words, request->body,
           store_interface.operations[request->operation].request->words * sizeof(int64_t));
    return (struct sim_operation){ request->operation, copy.words[0], copy.words[1],
                                   copy.words[2] };
}

struct store_request store_request_of(const struct sim_operation *operation)
{
    return (struct store_request){ { operation->key, operation->argument, operation->second } };
}
