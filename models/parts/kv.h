/* kv.h - a map from integer keys to numbers or lists: the state machine behind the stores.
 *
 * What an operation does depends on the map alone, so replicas that apply the same operations in
 * the same order hold the same map and give the same answers. A key holds nothing, a number, or a
 * list; an add to a list and an append to a number are mismatches, a write or a delete replaces
 * either. A compare-and-set whose `from` is SIM_NIL asks for a key that holds nothing.
 *
 * Ownership: memory of the seat, so a crash drops the map; after a restart begin with kv_init
 * again. Determinism: an open-addressing table; nothing depends on its order. */
#ifndef MODELS_PARTS_KV_H
#define MODELS_PARTS_KV_H

#include "models/parts/store.h"

struct kv_slot;

struct kv {
    struct kv_slot *slots;
    uint32_t capacity; /* a power of two, or 0 before the first key */
    uint32_t used;
};

struct kv_result {
    int64_t status; /* enum store_status: STORE_OK or STORE_MISMATCH */
    int64_t value;
    const struct sim_blob *list; /* of a read of a list; lives as long as the handler; else NULL */
};

void kv_init(struct kv *kv);
void kv_finish(struct sim_seat *me, struct kv *kv); /* gives the memory back; then kv_init */
/* Applies OPERATION. WANTED says that somebody waits for the answer: without, a read of a list
 * builds none. */
struct kv_result kv_apply(struct sim_seat *me, struct kv *kv, const struct sim_operation *operation,
                          bool wanted);
/* Tells what each key holds; of a list its elements. */
void kv_tell(const struct kv *kv, struct sim_ledger *ledger);

#endif
