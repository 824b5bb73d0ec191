// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of sets: what they count, who finds them and how they end.
 */
#include <linux/delay.h>
#include <linux/sched/mm.h>

#include "ioasid_test.h"

/* A round takes milliseconds where memory is checked in emulation. */
#define ROUNDS	(IS_ENABLED(CONFIG_KASAN) ? 2000 : 100000)

static DECLARE_IOASID_SET(static_set);

static struct ioasid_set *make_set(struct kunit *test,
				   enum ioasid_set_type type, void *token,
				   u32 ceiling)
{
	struct ioasid_set *set = ioasid_set_alloc(type, token, ceiling, NULL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, set);
	return set;
}

static int alloc(struct ioasid_set *set)
{
	return ioasid_alloc(set, 1, IOASID_MAX, NULL);
}

static void ceiling_is_the_most_a_set_can_hold(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_KERNEL, NULL, 3);
	struct ioasid_set_counts counts;
	int i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_GT(test, alloc(set), 0);
	KUNIT_EXPECT_EQ(test, alloc(set), -EDQUOT);
	ioasid_set_read_counts(set, &counts);
	KUNIT_EXPECT_EQ(test, counts.ceiling, 3U);
	KUNIT_EXPECT_EQ(test, counts.used, 3U);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(set), 0);
}

static void number_given_back_makes_room_at_once(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_KERNEL, NULL, 1);
	int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_EQ(test, ioasid_free(alloc(set)), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
}

static void parked_number_takes_room(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_KERNEL, NULL, 1);
	int id = alloc(set);

	KUNIT_EXPECT_EQ(test, ioasid_get(set, id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, alloc(set), -EDQUOT);
	ioasid_put(id);
	KUNIT_EXPECT_EQ(test, ioasid_free(alloc(set)), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
}

static void refused_number_takes_no_room(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_KERNEL, NULL, 2);
	int id = alloc(set);

	KUNIT_EXPECT_EQ(test, ioasid_alloc(set, id, id, NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(set, id, id, NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 1U);
	KUNIT_EXPECT_GT(test, alloc(set), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(set), 0);
}

static void counts_tell_used_parked_and_peak(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_KERNEL, NULL, 0);
	struct ioasid_set_counts counts;
	int ids[3], i;

	for (i = 0; i < 3; i++)
		ids[i] = alloc(set);
	KUNIT_EXPECT_EQ(test, ioasid_get(set, ids[0]), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(ids[0]), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(ids[1]), 0);
	ioasid_set_read_counts(set, &counts);
	KUNIT_EXPECT_EQ(test, counts.ceiling, 0U);
	KUNIT_EXPECT_EQ(test, counts.used, 2U);
	KUNIT_EXPECT_EQ(test, counts.parked, 1U);
	KUNIT_EXPECT_EQ(test, counts.peak, 3U);
	ioasid_put(ids[0]);
	ioasid_set_read_counts(set, &counts);
	KUNIT_EXPECT_EQ(test, counts.used, 1U);
	KUNIT_EXPECT_EQ(test, counts.parked, 0U);
	KUNIT_EXPECT_EQ(test, counts.peak, 3U);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(set), 0);
}

/* Together they may hold far more than there is. */
static void set_takes_nothing_from_others(struct kunit *test)
{
	struct ioasid_set *sets[32];
	int i;

	for (i = 0; i < ARRAY_SIZE(sets); i++)
		sets[i] = make_set(test, IOASID_SET_KERNEL, NULL,
				   ioasid_capacity());
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		KUNIT_EXPECT_EQ(test, ioasid_alloc(sets[0], i, i, NULL), i);
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		KUNIT_EXPECT_GT(test, alloc(sets[i]), 0);
	for (i = 0; i < ARRAY_SIZE(sets); i++)
		KUNIT_EXPECT_EQ(test, ioasid_set_free_all(sets[i]), 0);
}

static void sets_come_and_go_without_end(struct kunit *test)
{
	struct ioasid_set *set;
	int i, rc;

	for (i = 0; i < ROUNDS; i++) {
		set = ioasid_set_alloc(IOASID_SET_CONTEXT, test, 1, NULL);
		if (IS_ERR(set))
			break;
		rc = ioasid_alloc(set, 1, 4, NULL);
		if (rc > 0)
			rc = ioasid_attach_spid(set, rc, i);
		if (ioasid_set_free_all(set) || rc < 0)
			break;
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, i, ROUNDS);
}

static void set_of_no_type_is_refused(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_alloc(IOASID_SET_TYPES, test, 0,
						   NULL),
			    ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_alloc(-1, test, 0, NULL),
			    ERR_PTR(-EINVAL));
}

static void set_of_another_than_the_kernel_needs_a_token(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_alloc(IOASID_SET_CONTEXT, NULL, 0,
						   NULL),
			    ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_alloc(IOASID_SET_MM, NULL, 0,
						   NULL),
			    ERR_PTR(-EINVAL));
}

static void token_is_of_one_type(struct kunit *test)
{
	struct ioasid_set *kernel, *context, *found;

	kernel = make_set(test, IOASID_SET_KERNEL, test, 0);
	KUNIT_EXPECT_NULL(test, ioasid_set_find(IOASID_SET_CONTEXT, test));
	context = make_set(test, IOASID_SET_CONTEXT, test, 0);
	KUNIT_EXPECT_PTR_NE(test, kernel, context);
	found = ioasid_set_find(IOASID_SET_KERNEL, test);
	KUNIT_EXPECT_PTR_EQ(test, found, kernel);
	ioasid_set_put(found);
	found = ioasid_set_find(IOASID_SET_CONTEXT, test);
	KUNIT_EXPECT_PTR_EQ(test, found, context);
	ioasid_set_put(found);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(kernel), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(context), 0);
}

static void token_is_had_once(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_CONTEXT, test, 0);

	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_alloc(IOASID_SET_CONTEXT, test, 0,
						   NULL),
			    ERR_PTR(-EEXIST));
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	set = make_set(test, IOASID_SET_CONTEXT, test, 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
}

static void set_without_a_token_is_not_found(struct kunit *test)
{
	KUNIT_EXPECT_NULL(test, ioasid_set_find(IOASID_SET_KERNEL, NULL));
	KUNIT_EXPECT_NULL(test, ioasid_set_find(IOASID_SET_KERNEL, test));
}

static void set_that_was_found_outlives_its_owner(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_CONTEXT, test, 5);
	struct ioasid_set_counts counts;

	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_find(IOASID_SET_CONTEXT, test),
			    set);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	KUNIT_EXPECT_NULL(test, ioasid_set_find(IOASID_SET_CONTEXT, test));
	/* By now it would be gone. */
	rcu_barrier();
	msleep(50);
	ioasid_set_read_counts(set, &counts);
	KUNIT_EXPECT_EQ(test, counts.ceiling, 5U);
	ioasid_set_put(set);
}

static void closed_set_gives_nothing(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_CONTEXT, test, 0);

	ioasid_set_get(set);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	KUNIT_EXPECT_EQ(test, alloc(set), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(set, 7, 7, NULL), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 0U);
	ioasid_set_put(set);
}

static void set_with_numbers_is_not_freed(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_CONTEXT, test, 0);
	int one = alloc(set), two;

	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), -EBUSY);
	two = alloc(set);
	KUNIT_EXPECT_GT(test, two, 0);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_find(IOASID_SET_CONTEXT, test),
			    set);
	ioasid_set_put(set);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), -EBUSY);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
}

static void set_with_parked_numbers_lives_until_they_go(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_KERNEL, NULL, 0);
	int id = alloc(set);

	KUNIT_EXPECT_EQ(test, ioasid_get(set, id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	rcu_barrier();
	msleep(50);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(set), 1U);
	/* The exit of this test wants the set to have left the list of all. */
	ioasid_put(id);
}

static void free_all_parks_what_is_referenced(struct kunit *test)
{
	struct ioasid_set *set = make_set(test, IOASID_SET_CONTEXT, test, 0);
	int one = alloc(set), two = alloc(set);

	KUNIT_EXPECT_EQ(test, ioasid_get(set, one), 0);
	ioasid_set_get(set);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(set), 0);
	KUNIT_EXPECT_NULL(test, ioasid_set_find(IOASID_SET_CONTEXT, test));
	KUNIT_EXPECT_EQ(test, alloc(set), -ESHUTDOWN);
	KUNIT_EXPECT_EQ(test, ioasid_get(set, one), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_get(set, two), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 1U);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(set), 1U);
	ioasid_put(one);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 0U);
	ioasid_set_put(set);
}

static void set_of_an_mm_keeps_its_memory(struct kunit *test)
{
	struct mm_struct *mm = mm_alloc();
	struct ioasid_set *set;
	int i;

	KUNIT_ASSERT_NOT_NULL(test, mm);
	set = make_set(test, IOASID_SET_MM, mm, 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_count), 2);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_alloc(IOASID_SET_MM, mm, 0, NULL),
			    ERR_PTR(-EEXIST));
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_count), 2);
	mmgrab(mm);
	mmput(mm);
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_count), 2);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_set_find(IOASID_SET_MM, mm), set);
	ioasid_set_put(set);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	for (i = 0; i < 1000 && atomic_read(&mm->mm_count) > 1; i++)
		msleep(20);
	KUNIT_EXPECT_EQ(test, atomic_read(&mm->mm_count), 1);
	mmdrop(mm);
}

static void static_set_is_never_freed(struct kunit *test)
{
	int id = alloc(&static_set);

	KUNIT_EXPECT_GT(test, id, 0);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(&static_set), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioasid_set_free_all(&static_set), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(&static_set), 1U);
	KUNIT_EXPECT_EQ(test, ioasid_free_in_set(&static_set, id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(alloc(&static_set)), 0);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(&static_set), 0U);
}

/* What a walk did. */
struct walk {
	ioasid_t ids[4];
	void *private;
	int count;
	int stop_at;
	bool free;
};

static int walk_fn(ioasid_t id, void *private, void *arg)
{
	struct walk *walk = arg;

	if (walk->count < ARRAY_SIZE(walk->ids))
		walk->ids[walk->count] = id;
	walk->private = private;
	if (walk->free)
		ioasid_free(id);
	return ++walk->count == walk->stop_at ? 42 : 0;
}

static void walk_sees_the_newest_first(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	struct walk walk = {};

	ioasid_alloc(t->other, 1, 1, NULL);
	ioasid_alloc(t->set, 5, 5, t);
	ioasid_alloc(t->set, 9, 9, NULL);
	ioasid_alloc(t->set, 2, 2, NULL);
	KUNIT_EXPECT_EQ(test, ioasid_set_for_each(t->set, walk_fn, &walk), 0);
	KUNIT_EXPECT_EQ(test, walk.count, 3);
	KUNIT_EXPECT_EQ(test, walk.ids[0], 2U);
	KUNIT_EXPECT_EQ(test, walk.ids[1], 9U);
	KUNIT_EXPECT_EQ(test, walk.ids[2], 5U);
	KUNIT_EXPECT_PTR_EQ(test, walk.private, t);
	KUNIT_EXPECT_EQ(test, ioasid_free(1), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(2), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(5), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(9), 0);
}

static void walk_ends_when_told(struct kunit *test)
{
	struct walk walk = { .stop_at = 2 }, rest = { .free = true };
	struct ioasid_test *t = test->priv;
	int i;

	for (i = 0; i < 3; i++)
		alloc(t->set);
	KUNIT_EXPECT_EQ(test, ioasid_set_for_each(t->set, walk_fn, &walk), 42);
	KUNIT_EXPECT_EQ(test, walk.count, 2);
	KUNIT_EXPECT_EQ(test, ioasid_set_for_each(t->set, walk_fn, &rest), 0);
}

static void walk_may_free_what_it_sees(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	struct walk walk = { .free = true }, empty = {};
	int i;

	for (i = 0; i < 10; i++)
		alloc(t->set);
	KUNIT_EXPECT_EQ(test, ioasid_set_for_each(t->set, walk_fn, &walk), 0);
	KUNIT_EXPECT_EQ(test, walk.count, 10);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 0U);
	KUNIT_EXPECT_EQ(test, ioasid_set_for_each(t->set, walk_fn, &empty), 0);
	KUNIT_EXPECT_EQ(test, empty.count, 0);
}

static struct kunit_case ioasid_set_cases[] = {
	KUNIT_CASE(ceiling_is_the_most_a_set_can_hold),
	KUNIT_CASE(number_given_back_makes_room_at_once),
	KUNIT_CASE(parked_number_takes_room),
	KUNIT_CASE(refused_number_takes_no_room),
	KUNIT_CASE(counts_tell_used_parked_and_peak),
	KUNIT_CASE(set_takes_nothing_from_others),
	KUNIT_CASE(sets_come_and_go_without_end),
	KUNIT_CASE(set_of_no_type_is_refused),
	KUNIT_CASE(set_of_another_than_the_kernel_needs_a_token),
	KUNIT_CASE(token_is_of_one_type),
	KUNIT_CASE(token_is_had_once),
	KUNIT_CASE(set_without_a_token_is_not_found),
	KUNIT_CASE(set_that_was_found_outlives_its_owner),
	KUNIT_CASE(closed_set_gives_nothing),
	KUNIT_CASE(set_with_numbers_is_not_freed),
	KUNIT_CASE(set_with_parked_numbers_lives_until_they_go),
	KUNIT_CASE(free_all_parks_what_is_referenced),
	KUNIT_CASE(set_of_an_mm_keeps_its_memory),
	KUNIT_CASE(static_set_is_never_freed),
	KUNIT_CASE(walk_sees_the_newest_first),
	KUNIT_CASE(walk_ends_when_told),
	KUNIT_CASE(walk_may_free_what_it_sees),
	{}
};

static struct kunit_suite ioasid_set_suite = {
	.name = "ioasid_set",
	.init = ioasid_test_init,
	.exit = ioasid_test_exit,
	.test_cases = ioasid_set_cases,
};

kunit_test_suite(ioasid_set_suite);
