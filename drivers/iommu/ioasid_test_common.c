// SPDX-License-Identifier: GPL-2.0-only
/*
 * What each test of the PASID space starts with, and has to leave behind.
 */
#include "ioasid_test.h"

static unsigned int count_sets(void)
{
	unsigned long flags = ioasid_lock();
	struct ioasid_set *set;
	unsigned int sets = 0;

	list_for_each_entry(set, &ioasid_sets, link)
		sets += !set->is_static;
	ioasid_unlock(flags);
	return sets;
}

/**
 * ioasid_test_init - init of all suites
 * @test: gets a &struct ioasid_test
 *
 * Return: 0 or a negative errno.
 */
int ioasid_test_init(struct kunit *test)
{
	struct ioasid_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	if (!t)
		return -ENOMEM;
	t->sets = count_sets();
	t->set = ioasid_set_alloc(IOASID_SET_KERNEL, NULL, 0, "test");
	if (IS_ERR(t->set))
		return PTR_ERR(t->set);
	t->other = ioasid_set_alloc(IOASID_SET_KERNEL, NULL, 0, "other");
	if (IS_ERR(t->other)) {
		ioasid_set_free(t->set);
		return PTR_ERR(t->other);
	}
	test->priv = t;
	return 0;
}

static void end_set(struct kunit *test, struct ioasid_set *set)
{
	if (!set)
		return;
	KUNIT_EXPECT_EQ(test, ioasid_test_used(set), 0U);
	KUNIT_EXPECT_EQ(test, ioasid_test_parked(set), 0U);
	ioasid_set_free_all(set);
}

/**
 * ioasid_test_none_in_use - is no number allocated or parked?
 *
 * Return: so.
 */
bool ioasid_test_none_in_use(void)
{
	bool none;

	xa_lock_irq(&ioasid_xa);
	none = ioasid_none_in_use();
	xa_unlock_irq(&ioasid_xa);
	return none;
}

/**
 * ioasid_test_exit - exit of all suites: is everything as before?
 * @test: of ioasid_test_init()
 */
void ioasid_test_exit(struct kunit *test)
{
	struct ioasid_test *t = test->priv;

	if (!t)
		return;
	end_set(test, t->set);
	end_set(test, t->other);
	KUNIT_EXPECT_TRUE(test, ioasid_test_none_in_use());
	KUNIT_EXPECT_EQ(test, count_sets(), t->sets);
}

/**
 * ioasid_test_alloc - a number for a test that cannot go on without
 * @test: the test
 * @set: the set
 *
 * Return: the number.
 */
ioasid_t ioasid_test_alloc(struct kunit *test, struct ioasid_set *set)
{
	int id = ioasid_alloc(set, 1, IOASID_MAX, NULL);

	KUNIT_ASSERT_GE(test, id, 0);
	return id;
}
