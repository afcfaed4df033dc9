#include "models/parts/store.h"

#include <assert.h>
#include <string.h>

/* Another value than the expected one is an answer. */
static enum sim_reply_meaning meaning(const void *reply)
{
    switch (((const struct store_reply *)reply)->status) {
    case STORE_UNAVAILABLE:
        return SIM_REPLY_NOT_DONE;
    case STORE_REDIRECT:
        return SIM_REPLY_ELSEWHERE;
    default:
        return SIM_REPLY_FINE;
    }
}

const struct sim_interface store_interface = {
    .name = "store",
    .operations = {
        [STORE_READ] = { "read", SIM_WORDS(store_read), SIM_WORDS(store_reply), meaning },
        [STORE_WRITE] = { "write", SIM_WORDS(store_write), SIM_WORDS(store_reply), meaning },
        [STORE_CAS] = { "cas", SIM_WORDS(store_cas), SIM_WORDS(store_reply), meaning },
        [STORE_ADD] = { "add", SIM_WORDS(store_add), SIM_WORDS(store_reply), meaning },
        [STORE_APPEND] = { "append", SIM_WORDS(store_append), SIM_WORDS(store_reply), meaning },
        [STORE_DELETE] = { "delete", SIM_WORDS(store_delete), SIM_WORDS(store_reply), meaning },
    },
};

/* The words of a request before those of its session. */
static uint32_t arguments_of(int64_t kind)
{
    assert(kind >= 0);
    assert(kind < STORE_OPERATIONS);
    return store_interface.operations[kind].request->words - (kind == SIM_READ ? 0 : 2);
}

struct sim_operation store_operation_of(const struct sim_request *request)
{
    int64_t words[3] = { 0 };

    memcpy(words, request->body, arguments_of(request->operation) * sizeof(int64_t));
    return (struct sim_operation){ request->operation, words[0], words[1], words[2] };
}

struct store_session store_session_of(const struct sim_request *request)
{
    const int64_t *words = request->body;
    uint32_t at = arguments_of(request->operation);

    if (request->operation == SIM_READ)
        return (struct store_session){ 0, 0 };
    return (struct store_session){ words[at], words[at + 1] };
}

struct store_request store_request_of(const struct sim_operation *operation,
                                      struct store_session session)
{
    struct store_request request = { { operation->key, operation->argument, operation->second } };
    uint32_t at = arguments_of(operation->kind);

    if (operation->kind != SIM_READ) {
        request.words[at] = session.session;
        request.words[at + 1] = session.sequence;
    }
    return request;
}
