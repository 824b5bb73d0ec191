// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules of set-private numbers.
 */
#include "ioasid_test.h"

static void spid_finds_its_number(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t one = ioasid_test_alloc(test, t->set);
	ioasid_t two = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 0), 0);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, two, IOASID_MAX), 0);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 0), one);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, IOASID_MAX), two);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 1), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
}

static void set_without_spids_finds_none(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 0), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, ioasid_get_by_spid(t->set, 0), INVALID_IOASID);
}

static void spid_is_had_once_in_a_set(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t one = ioasid_test_alloc(test, t->set);
	ioasid_t two = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, two, 7), -EEXIST);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), one);
	/* The refused one is still without. */
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, two, 8), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
}

static void number_has_one_spid(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t one = ioasid_test_alloc(test, t->set);
	ioasid_t two = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 8), -EBUSY);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 8), INVALID_IOASID);
	/* The refused one is free. */
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, two, 8), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
}

static void spid_has_20_bits(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, id, IOASID_MAX + 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, id, INVALID_IOASID),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void spid_is_private_to_its_set(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t one = ioasid_test_alloc(test, t->set);
	ioasid_t two = ioasid_test_alloc(test, t->other);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->other, 7), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->other, two, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), one);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->other, 7), two);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
}

static void number_of_another_set_gets_no_spid(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->other, id, 7), -EACCES);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, id, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_detach_spid(t->other, id), -EACCES);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), id);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
}

static void number_that_nobody_has_gets_no_spid(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, 100, 7), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_detach_spid(t->set, 100), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), INVALID_IOASID);
}

static void parked_number_gets_no_spid(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, id, 7), -ENOENT);
	ioasid_put(id);
}

static void detached_spid_can_be_had_again(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t one = ioasid_test_alloc(test, t->set);
	ioasid_t two = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_detach_spid(t->set, one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_detach_spid(t->set, one), -ENOENT);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, two, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 8), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
}

/* With a parked number too: its SPID does not wait for the last reference. */
static void spid_goes_with_its_number(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t one = ioasid_test_alloc(test, t->set);
	ioasid_t two = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, one, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_get(t->set, one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_free(one), 0);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), INVALID_IOASID);
	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, two, 7), 0);
	ioasid_put(one);
	KUNIT_EXPECT_EQ(test, ioasid_find_by_spid(t->set, 7), two);
	KUNIT_EXPECT_EQ(test, ioasid_free(two), 0);
}

static void number_got_by_spid_is_kept(struct kunit *test)
{
	struct ioasid_test *t = test->priv;
	ioasid_t id = ioasid_test_alloc(test, t->set);

	KUNIT_EXPECT_EQ(test, ioasid_attach_spid(t->set, id, 7), 0);
	KUNIT_EXPECT_EQ(test, ioasid_get_by_spid(t->set, 7), id);
	KUNIT_EXPECT_EQ(test, ioasid_free(id), 0);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(t->set), 1U);
	ioasid_put(id);
}

static struct kunit_case ioasid_spid_cases[] = {
	KUNIT_CASE(spid_finds_its_number),
	KUNIT_CASE(set_without_spids_finds_none),
	KUNIT_CASE(spid_is_had_once_in_a_set),
	KUNIT_CASE(number_has_one_spid),
	KUNIT_CASE(spid_has_20_bits),
	KUNIT_CASE(spid_is_private_to_its_set),
	KUNIT_CASE(number_of_another_set_gets_no_spid),
	KUNIT_CASE(number_that_nobody_has_gets_no_spid),
	KUNIT_CASE(parked_number_gets_no_spid),
	KUNIT_CASE(detached_spid_can_be_had_again),
	KUNIT_CASE(spid_goes_with_its_number),
	KUNIT_CASE(number_got_by_spid_is_kept),
	{}
};

static struct kunit_suite ioasid_spid_suite = {
	.name = "ioasid_spid",
	.init = ioasid_test_init,
	.exit = ioasid_test_exit,
	.test_cases = ioasid_spid_cases,
};

kunit_test_suite(ioasid_spid_suite);
