// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of PASIDs: which numbers are given, how they are found and how they end.
 */
#include "ioasid_test.h"

/* A range for tests that use one up; within the capacity of any hardware. */
#define LOW	100
#define HIGH	103

/* A round takes up to half a millisecond where memory is checked. */
#define ROUNDS	100000

/* All numbers from LOW to HIGH, or what is free of them. */
static unsigned int use_range_up(struct kunit *test, struct ioasid_set *set)
{
	unsigned int count = 0;
	int id;

	for (;;) {
		id = ioasid_alloc(set, LOW, HIGH, NULL);
		if (id < 0)
			break;
		KUNIT_EXPECT_GE(test, id, LOW);
		KUNIT_EXPECT_LE(test, id, HIGH);
		count++;
	}
	KUNIT_EXPECT_EQ(test, id, -ENOSPC);
	return count;
}

static void free_range(struct ioasid_set *set)
{
	ioasid_t id;

	for (id = LOW; id <= HIGH; id++)
		ioasid_free_in_set(set, id);
}

static void expect_exact(struct kunit *test, ioasid_t id)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, id, id, NULL), (int)id);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void number_0_can_be_had(struct kunit *test)
{
	expect_exact(test, 0);
}

static void number_1_can_be_had(struct kunit *test)
{
	expect_exact(test, 1);
}

static void highest_number_can_be_had(struct kunit *test)
{
	expect_exact(test, ioasid_capacity() - 1);
}

static void range_upside_down_is_refused(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, 2, 1, NULL), -EINVAL);
}

static void number_without_a_set_is_refused(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, ioasid_alloc(NULL, 1, 2, NULL), -EINVAL);
}

static void range_beyond_capacity_is_refused(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t first = ioasid_capacity();

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, first, first, NULL),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, first, INVALID_IOASID, NULL),
			-ERANGE);
}

static void range_ends_at_capacity(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t min = ioasid_capacity() - 2;
	int one, two;

	one = ioasid_alloc(t->set, min, INVALID_IOASID, NULL);
	two = ioasid_alloc(t->set, min, INVALID_IOASID, NULL);
	KUNIT_EXPECT_EQ(test, one + two, (int)(min + min + 1));
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, min, INVALID_IOASID, NULL),
			-ENOSPC);
	KUNIT_EXPECT_EQ(test, ioasid_free(min), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(min + 1), 0);
}

static void exact_number_is_given_once(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), LOW);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->other, LOW, LOW, NULL), -ENOSPC);
	KUNIT_EXPECT_EQ(test, ioasid_free(LOW), 0);
}

static void range_gives_each_number_once(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, use_range_up(test, t->set), HIGH - LOW + 1U);
	free_range(t->set);
}

static void number_given_back_can_be_had_by_another_set(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	use_range_up(test, t->set);
	KUNIT_EXPECT_EQ(test, ioasid_free(HIGH), 0);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->other, LOW, HIGH, NULL), HIGH);
	KUNIT_EXPECT_EQ(test, ioasid_free(HIGH), 0);
	free_range(t->set);
}

static void numbers_come_and_go_without_end(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	struct ioasid_set *set;
	int i, id;

	set = ioasid_set_alloc(IOASID_SET_KERNEL, NULL, 1, NULL);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, set);
	for (i = 0; i < ROUNDS; i++) {
		id = ioasid_alloc(set, LOW, LOW + 20, t);
		if (id < 0 || ioasid_free(id))
			break;
		cond_resched();
	}
	KUNIT_EXPECT_EQ(test, i, ROUNDS);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 0U);
	KUNIT_EXPECT_EQ(test, ioasid_set_free(set), 0);
	KUNIT_EXPECT_EQ(test, use_range_up(test, t->set), HIGH - LOW + 1U);
	free_range(t->set);
}

static void number_of_another_set_is_not_to_be_had(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_free_in_set(t->other, id), -EACCES);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->other, id), -EACCES);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(t->other, id, NULL),
			    ERR_PTR(-EACCES));
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 1U);
	KUNIT_EXPECT_EQ(test, ioasid_free_in_set(t->set, id), 0);
}

static void number_that_nobody_has_is_not_to_be_had(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_free(LOW), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_free_in_set(t->set, LOW), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, LOW), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_get(NULL, LOW), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_set_data(LOW, t), -ENOENT);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(NULL, LOW, NULL),
			    ERR_PTR(-ENOENT));
	KUNIT_EXPECT_EQ(test, ioasid_get(NULL, INVALID_IOASID), -ENOENT);
}

static void any_set_will_do_for_who_names_none(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	int id = ioasid_alloc(t->set, LOW, HIGH, t);

	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(NULL, id, NULL), t);
	KUNIT_EXPECT_EQ(test, ioasid_get(NULL, id), 0);
	ioasid_put(id);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void number_is_freed_once(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 0U);
}

static int count_number(ioasid_t id, void *private, void *arg)
{
	(*(int *)arg)++;
	return 0;
}

static void parked_number_is_found_by_nobody(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);
	int seen = 0;

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, id, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);

	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(t->set, id, NULL),
			    ERR_PTR(-ENOENT));
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, id), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_set_data(id, t), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, ioasid_get_by_spid(t->set, 7), INVALID_IOASID);
	ioasid_set_for_each(t->set, count_number, &seen);
	KUNIT_EXPECT_EQ(test, seen, 0);
	ioasid_put(id);
}

static void parked_number_is_given_to_nobody(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), LOW);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, LOW), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(LOW), 0);
	KUNIT_EXPECT_EQ(test, use_range_up(test, t->other), HIGH - LOW + 0U);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), -ENOSPC);
	ioasid_put(LOW);
	free_range(t->other);
}

static void parked_number_can_be_had_after_the_last_put(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), LOW);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, LOW), 0);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, LOW), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(LOW), 0);
	ioasid_put(LOW);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), -ENOSPC);
	ioasid_put(LOW);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, LOW, NULL), LOW);
	KUNIT_EXPECT_EQ(test, ioasid_free(LOW), 0);
}

static void reference_alone_parks_nothing(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, id), 0);
	ioasid_put(id);
	KUNIT_EXPECT_EQ(test, ioasid_test_used(t->set), 1U);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(t->set), 0U);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void freed_number_is_not_the_next_one_given(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t freed, id;
	int i;

	for (i = 0; i < 2 * (HIGH - LOW); i++) {
		freed = ioasid_alloc(t->set, LOW, HIGH, NULL);
		KUNIT_ASSERT_EQ(test, ioasid_free(freed), 0);
		id = ioasid_alloc(t->set, LOW, HIGH, NULL);
		KUNIT_EXPECT_NE(test, id, freed);
		KUNIT_ASSERT_EQ(test, ioasid_free(id), 0);
	}
}

static void freed_number_is_not_next_in_a_wider_range(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	int id, low;

	expect_exact(test, HIGH);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, HIGH, HIGH, NULL), HIGH);
	/* Others lead the cycle to right before it. */
	low = ioasid_alloc(t->other, 1, 2, NULL);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->other, HIGH - 2, HIGH - 1, NULL),
			HIGH - 2);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->other, HIGH - 2, HIGH - 1, NULL),
			HIGH - 1);
	KUNIT_EXPECT_EQ(test, ioasid_free(HIGH), 0);
	id = ioasid_alloc(t->set, 1, IOASID_MAX, NULL);
	KUNIT_EXPECT_NE(test, id, HIGH);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(low), 0);
	free_range(t->other);
}

static void freed_number_is_given_if_there_is_no_other(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	use_range_up(test, t->set);
	KUNIT_EXPECT_EQ(test, ioasid_free(LOW + 1), 0);
	KUNIT_EXPECT_EQ(test, ioasid_alloc(t->set, LOW, HIGH, NULL), LOW + 1);
	free_range(t->set);
}

static bool accept(void *private)
{
	*(bool *)private = true;
	return true;
}

static bool refuse(void *private)
{
	*(bool *)private = true;
	return false;
}

static void find_gives_what_the_getter_got(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	bool asked = false;
	int id = ioasid_alloc(t->set, LOW, HIGH, &asked);

	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(t->set, id, accept),
			    &asked);
	KUNIT_EXPECT_TRUE(test, asked);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void find_gives_nothing_if_the_getter_refuses(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	bool asked = false;
	int id = ioasid_alloc(t->set, LOW, HIGH, &asked);

	KUNIT_EXPECT_NULL(test, ioasid_find(t->set, id, refuse));
	KUNIT_EXPECT_TRUE(test, asked);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void getter_is_not_asked_about_nothing(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	/* These getters would write to what they are asked about. */
	KUNIT_EXPECT_NULL(test, ioasid_find(t->set, id, accept));
	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(t->other, id, accept),
			    ERR_PTR(-EACCES));
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(t->set, id, accept),
			    ERR_PTR(-ENOENT));
}

static void data_can_be_changed(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_set_data(id, t), 0);
	KUNIT_EXPECT_PTR_EQ(test, ioasid_find(t->set, id, NULL), t);
	KUNIT_EXPECT_EQ(test, ioasid_set_data(id, NULL), 0);
	KUNIT_EXPECT_NULL(test, ioasid_find(t->set, id, NULL));
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void capacity_is_what_a_pasid_can_have(struct kunit *test)
{
	u32 capacity = ioasid_capacity();

	KUNIT_EXPECT_EQ(test, ioasid_install_capacity(0), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioasid_install_capacity(IOASID_MAX + 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, ioasid_capacity(), capacity);
}

static struct kunit_case ioasid_cases[] = {
	KUNIT_CASE(number_0_can_be_had),
	KUNIT_CASE(number_1_can_be_had),
	KUNIT_CASE(highest_number_can_be_had),
	KUNIT_CASE(range_upside_down_is_refused),
	KUNIT_CASE(number_without_a_set_is_refused),
	KUNIT_CASE(range_beyond_capacity_is_refused),
	KUNIT_CASE(range_ends_at_capacity),
	KUNIT_CASE(exact_number_is_given_once),
	KUNIT_CASE(range_gives_each_number_once),
	KUNIT_CASE(number_given_back_can_be_had_by_another_set),
	KUNIT_CASE(numbers_come_and_go_without_end),
	KUNIT_CASE(number_of_another_set_is_not_to_be_had),
	KUNIT_CASE(number_that_nobody_has_is_not_to_be_had),
	KUNIT_CASE(any_set_will_do_for_who_names_none),
	KUNIT_CASE(number_is_freed_once),
	KUNIT_CASE(parked_number_is_found_by_nobody),
	KUNIT_CASE(parked_number_is_given_to_nobody),
	KUNIT_CASE(parked_number_can_be_had_after_the_last_put),
	KUNIT_CASE(reference_alone_parks_nothing),
	KUNIT_CASE(freed_number_is_not_the_next_one_given),
	KUNIT_CASE(freed_number_is_not_next_in_a_wider_range),
	KUNIT_CASE(freed_number_is_given_if_there_is_no_other),
	KUNIT_CASE(find_gives_what_the_getter_got),
	KUNIT_CASE(find_gives_nothing_if_the_getter_refuses),
	KUNIT_CASE(getter_is_not_asked_about_nothing),
	KUNIT_CASE(data_can_be_changed),
	KUNIT_CASE(capacity_is_what_a_pasid_can_have),
	{}
};

static struct kunit_suite ioasid_suite = {
	.name = "ioasid",
	.init = ioasid_test_init,
	.exit = ioasid_test_exit,
	.test_cases = ioasid_cases,
};

kunit_test_suite(ioasid_suite);
