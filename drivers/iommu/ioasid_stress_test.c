// SPDX-License-Identifier: GPL-2.0-only
/*
 * Everybody does everything with PASIDs at once. What a rule says is looked at
 * on the way; that no memory is used after its end is for KASAN to tell, and for
 * lockdep that no lock is taken the wrong way round.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "ioasid_test.h"

#define WORKERS		4
#define OWN		8
/* Few enough that they all come upon each other's. */
#define LAST_ID		24
#define SPIDS		16
#define ROUNDS		3000
#define CHURNS		500

/* What is behind a number. */
struct object {
	refcount_t refs;
	struct rcu_head rcu;
};

/* A number that a worker has allocated. */
struct owned {
	struct ioasid_set *set;
	struct object *object;
	ioasid_t id;
};

struct worker {
	struct task_struct *task;
	struct rnd_state rnd;
	struct owned owned[OWN];
	unsigned int got;
	unsigned int bad;
	struct completion done;
};

/* One test at a time. The address is the token of the set under stress. */
static struct worker workers[WORKERS];
/* Numbers that have an owner, where nobody but the owner frees them. */
static DECLARE_BITMAP(in_use, LAST_ID + 1);
static bool owners_only;

static u32 below(struct worker *worker, u32 limit)
{
	return prandom_u32_state(&worker->rnd) % limit;
}

static void object_put(struct object *object)
{
	if (refcount_dec_and_test(&object->refs))
		kfree_rcu(object, rcu);
}

static bool object_get(void *private)
{
	struct object *object = private;

	return refcount_inc_not_zero(&object->refs);
}

/* Takes over the reference to @set. */
static void take_one(struct worker *worker, struct ioasid_set *set,
		     struct owned *owned)
{
	struct object *object = kzalloc(sizeof(*object), GFP_KERNEL);
	int id = -ENOMEM;

	if (object) {
		refcount_set(&object->refs, 1);
		id = ioasid_alloc(set, 1, LAST_ID, object);
	}
	if (id < 0) {
		kfree(object);
		ioasid_set_put(set);
		return;
	}
	if (owners_only && test_and_set_bit(id, in_use))
		worker->bad++;
	owned->set = set;
	owned->object = object;
	owned->id = id;
	worker->got++;
}

static void give_one(struct worker *worker, struct owned *owned)
{
	int rc;

	if (owners_only && !test_and_clear_bit(owned->id, in_use))
		worker->bad++;
	rc = ioasid_free_in_set(owned->set, owned->id);
	/* Else its set was torn down, and another may have the number. */
	if (rc && owners_only)
		worker->bad++;
	object_put(owned->object);
	ioasid_set_put(owned->set);
	owned->set = NULL;
}

/* What is referenced keeps its meaning, or has none. */
static void look_at_one(struct worker *worker, struct ioasid_set *set)
{
	ioasid_t id = 1 + below(worker, LAST_ID);
	void *first, *second;
	struct object *object;

	object = ioasid_find(set, id, object_get);
	if (!IS_ERR_OR_NULL(object))
		object_put(object);
	if (ioasid_get(set, id))
		return;
	first = ioasid_find(set, id, NULL);
	cond_resched();
	second = ioasid_find(set, id, NULL);
	if (second != first && second != ERR_PTR(-ENOENT))
		worker->bad++;
	if (first == ERR_PTR(-EACCES))
		worker->bad++;
	ioasid_put(id);
}

static void look_by_spid(struct worker *worker, struct ioasid_set *set)
{
	u32 spid = below(worker, SPIDS);
	ioasid_t id = ioasid_find_by_spid(set, spid);

	if (id != INVALID_IOASID && id > LAST_ID)
		worker->bad++;
	id = ioasid_get_by_spid(set, spid);
	if (id == INVALID_IOASID)
		return;
	if (ioasid_find(set, id, NULL) == ERR_PTR(-EACCES))
		worker->bad++;
	ioasid_put(id);
}

static int walk_fn(ioasid_t id, void *private, void *arg)
{
	struct object *object = private;

	if (object_get(object))
		object_put(object);
	return 0;
}

static void do_something(struct worker *worker, struct ioasid_set *set)
{
	struct owned *owned = &worker->owned[below(worker, OWN)];
	struct ioasid_set_counts counts;

	switch (below(worker, 8)) {
	case 0:
	case 1:
		if (owned->set) {
			give_one(worker, owned);
		} else {
			ioasid_set_get(set);
			take_one(worker, set, owned);
		}
		break;
	case 2:
		ioasid_attach_spid(set, owned->id, below(worker, SPIDS));
		break;
	case 3:
		ioasid_detach_spid(set, owned->id);
		break;
	case 4:
		look_by_spid(worker, set);
		break;
	case 5:
		ioasid_set_for_each(set, walk_fn, NULL);
		ioasid_set_read_counts(set, &counts);
		/* The peak does not know of what is under way. */
		if (counts.parked > counts.used ||
		    counts.used > counts.peak + WORKERS)
			worker->bad++;
		break;
	default:
		look_at_one(worker, set);
	}
}

static int worker_fn(void *data)
{
	struct worker *worker = data;
	struct ioasid_set *set;
	int i, done = 0;

	/* Sometimes there is no set. */
	for (i = 0; done < ROUNDS && i < 50 * ROUNDS; i++) {
		set = ioasid_set_find(IOASID_SET_CONTEXT, workers);
		if (set) {
			do_something(worker, set);
			ioasid_set_put(set);
			done++;
			cond_resched();
		} else {
			usleep_range(20, 50);
		}
	}
	for (i = 0; i < OWN; i++)
		if (worker->owned[i].set)
			give_one(worker, &worker->owned[i]);
	complete(&worker->done);
	return 0;
}

static void start_workers(struct kunit *test, int (*fn)(void *data))
{
	struct task_struct *task;
	int i;

	memset(workers, 0, sizeof(workers));
	for (i = 0; i < WORKERS; i++) {
		prandom_seed_state(&workers[i].rnd, i + 1);
		init_completion(&workers[i].done);
		task = kthread_run(fn, &workers[i], "ioasid_test/%d", i);
		if (IS_ERR(task))
			complete(&workers[i].done);
		KUNIT_EXPECT_NOT_ERR_OR_NULL(test, task);
	}
}

static bool workers_are_done(void)
{
	int i;

	for (i = 0; i < WORKERS; i++)
		if (!completion_done(&workers[i].done))
			return false;
	return true;
}

static void end_workers(struct kunit *test)
{
	int i;

	for (i = 0; i < WORKERS; i++) {
		wait_for_completion(&workers[i].done);
		KUNIT_EXPECT_EQ(test, workers[i].bad, 0U);
		KUNIT_EXPECT_GT(test, workers[i].got, 0U);
	}
}

/* After all that, is each number there as on the first day? */
static void expect_all_free(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id;

	KUNIT_EXPECT_TRUE(test, ioasid_test_none_in_use());
	for (id = 0; id <= LAST_ID; id++)
		KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, id, id, NULL),
				(int)id);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(t->set), 0);
	t->set = NULL;
}

static struct ioasid_set *make_stressed_set(struct kunit *test)
{
	struct ioasid_set *set;

	set = ioasid_set_alloc(IOASID_SET_CONTEXT, workers, 0, "stressed");
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, set);
	return set;
}

static void numbers_have_one_owner_each(struct kunit *test)
{
	struct ioasid_set *set = make_stressed_set(test);

	owners_only = true;
	start_workers(test, worker_fn);
	end_workers(test);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 0U);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	expect_all_free(test);
}

static void sets_are_torn_down_under_their_users(struct kunit *test)
{
	struct ioasid_set *set;
	int sets = 0;

	owners_only = false;
	start_workers(test, worker_fn);
	do {
		set = make_stressed_set(test);
		if (IS_ERR(set))
			break;
		usleep_range(1000, 20000);
		ioasid_set_free_all(set);
		sets++;
	} while (!workers_are_done());
	end_workers(test);
	KUNIT_EXPECT_GT(test, sets, 2);
	expect_all_free(test);
}

/* A platform that comes and goes. */
static DECLARE_BITMAP(taken, LAST_ID + 1);
static bool platform_is_there;
static atomic_t platform_gave;
static atomic_t platform_bad;

static ioasid_t platform_alloc(ioasid_t min, ioasid_t max, void *pdata)
{
	ioasid_t id;

	usleep_range(10, 100);
	if (!READ_ONCE(platform_is_there))
		atomic_inc(&platform_bad);
	for (id = min; id <= max; id++) {
		if (!test_and_set_bit(id, taken)) {
			atomic_inc(&platform_gave);
			return id;
		}
	}
	return INVALID_IOASID;
}

static void platform_free(ioasid_t id, void *pdata)
{
	usleep_range(10, 100);
	if (!READ_ONCE(platform_is_there) || !test_and_clear_bit(id, taken))
		atomic_inc(&platform_bad);
}

static struct ioasid_allocator_ops platform_ops = {
	.alloc = platform_alloc,
	.free = platform_free,
};

static struct ioasid_set *churned;

/* Holds a number for a moment, and often none, so that a platform can come. */
static int churn_fn(void *data)
{
	struct worker *worker = data;
	int i, id, waits = 0;

	for (i = 0; i < CHURNS; i++) {
		id = ioasid_alloc(churned, 1, LAST_ID, NULL);
		/* All are on their way back, by a work item that may be late. */
		while ((id == -ENOSPC || id == -EIO) && waits++ < CHURNS) {
			usleep_range(1000, 2000);
			id = ioasid_alloc(churned, 1, LAST_ID, NULL);
		}
		if (id < 0) {
			worker->bad++;
			continue;
		}
		worker->got++;
		if (test_and_set_bit(id, in_use))
			worker->bad++;
		if (!below(worker, 4))
			usleep_range(10, 200);
		if (!test_and_clear_bit(id, in_use))
			worker->bad++;
		if (ioasid_free(id))
			worker->bad++;
		usleep_range(100, 1000 + below(worker, 1000));
	}
	complete(&worker->done);
	return 0;
}

static void platform_comes_and_goes_between_allocations(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	int came = 0, i;

	churned = t->set;
	atomic_set(&platform_gave, 0);
	atomic_set(&platform_bad, 0);
	start_workers(test, churn_fn);
	do {
		/* It knows nothing of what it gave the last time. */
		bitmap_zero(taken, LAST_ID + 1);
		WRITE_ONCE(platform_is_there, true);
		if (!ioasid_register_allocator(&platform_ops)) {
			came++;
			usleep_range(1000, 10000);
			ioasid_unregister_allocator(&platform_ops);
		}
		WRITE_ONCE(platform_is_there, false);
		usleep_range(50, 200);
	} while (!workers_are_done());
	end_workers(test);
	KUNIT_EXPECT_GT(test, came, 0);
	KUNIT_EXPECT_GT(test, atomic_read(&platform_gave), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&platform_bad), 0);
	/* What was freed without a platform ends when a work item gets to it */
	for (i = 0; i < 1000 && ioasid_test_used(t->set); i++)
		msleep(20);
	expect_all_free(test);
}

static struct kunit_case ioasid_stress_cases[] = {
	KUNIT_CASE(numbers_have_one_owner_each),
	KUNIT_CASE(sets_are_torn_down_under_their_users),
	KUNIT_CASE(platform_comes_and_goes_between_allocations),
	{}
};

static struct kunit_suite ioasid_stress_suite = {
	.name = "ioasid_stress",
	.init = ioasid_test_init,
	.exit = ioasid_test_exit,
	.test_cases = ioasid_stress_cases,
};

kunit_test_suite(ioasid_stress_suite);
