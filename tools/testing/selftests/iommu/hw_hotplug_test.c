// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cards that nobody has bound come to a group while a context has the group,
 * and leave it.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "hw_plug_fixture.h"

#define ROUNDS 20

TEST_F(plug, added_function_is_parked_before_it_has_a_driver)
{
	const char *far = self->far.slot.card;
	char driver[PCI_NAME_LEN];
	struct group_info info;

	ASSERT_OK(own_near(self));
	ASSERT_OK(look(self, &info));
	ASSERT_EQ(NULL, group_find_member(&info, far));
	ASSERT_OK(plug_far(self, CARD));
	EXPECT_ERR(ENOENT, pci_driver(far, driver));
	EXPECT_EQ(0, far_use(self));
	ASSERT_OK(pci_write_command(far, PCI_COMMAND_USE, 2));
	EXPECT_EQ(0, far_use(self));
	ASSERT_OK(look(self, &info));
	EXPECT_EQ(IOMMU_GROUP_OURS, info.state);
	EXPECT_EQ(IOMMU_GROUP_MEMBER_PARKED, group_member_state(&info, far));
	EXPECT_EQ(IOMMU_GROUP_MEMBER_CAN_BIND, group_member_flags(&info, far));
	EXPECT_OK(round_trip(self, &self->near, 2));
}

TEST_F(plug, all_functions_of_an_added_card_are_parked)
{
	char second[PCI_NAME_LEN];
	struct group_info info;
	unsigned int i;

	ASSERT_OK(own_near(self));
	ASSERT_OK(slot_add_function(self->monitor, &self->far.slot, 1,
				    "e1000e"));
	ASSERT_OK(plug_far(self, "e1000e,multifunction=on"));
	snprintf(second, sizeof(second), "%s", self->far.slot.card);
	second[strlen(second) - 1] = '1';

	for (i = 0; i < 2; i++) {
		const char *name = i ? second : self->far.slot.card;

		if (!pci_has_group(name))
			SKIP(return, "joins its group with its first driver");
		ASSERT_OK(pci_write_command(name, PCI_COMMAND_USE, 2));
		EXPECT_EQ(0, pci_read_use(name));
		ASSERT_OK(look(self, &info));
		EXPECT_EQ(IOMMU_GROUP_MEMBER_PARKED,
			  group_member_state(&info, name));
	}
}

TEST_F(plug, kernel_driver_has_to_wait_for_the_end_of_the_claim)
{
	const char *far = self->far.slot.card;
	char driver[PCI_NAME_LEN];

	ASSERT_OK(own_near(self));
	ASSERT_OK(plug_far(self, CARD));
	EXPECT_ERR(ENOENT, pci_driver(far, driver));
	EXPECT_ERR(ENODEV, pci_probe_with(far, CARD_DRIVER));
	EXPECT_OK(round_trip(self, &self->near, 3));
	vfio_close(&self->near.dev);
	EXPECT_OK(pci_probe_with(far, CARD_DRIVER));
	EXPECT_NE(0, far_use(self));
}

TEST_F(plug, kernel_driver_of_an_added_function_keeps_a_group_that_is_free)
{
	char driver[PCI_NAME_LEN];

	ASSERT_OK(take_and_open(&self->near));
	ASSERT_OK(plug_far(self, CARD));
	ASSERT_OK(pci_driver(self->far.slot.card, driver));
	EXPECT_STREQ(CARD_DRIVER, driver);
	EXPECT_ERR(EBUSY, vfio_bind(&self->near.dev, self->ours));
	ASSERT_OK(unplug_far(self));
	EXPECT_OK(vfio_bind(&self->near.dev, self->ours));
}

TEST_F(plug, owner_can_bind_an_added_function_and_others_cannot)
{
	ASSERT_OK(own_near(self));
	ASSERT_OK(plug_far(self, EDU));
	ASSERT_OK(take_and_open(&self->far));
	EXPECT_ERR(EBUSY, vfio_bind(&self->far.dev, self->theirs));
	ASSERT_OK(vfio_bind(&self->far.dev, self->ours));
	ASSERT_OK(vfio_attach(&self->far.dev, self->ioas_id));
	ASSERT_OK(edu_init(&self->far.edu, &self->far.dev));
	EXPECT_OK(round_trip(self, &self->far, 4));
	EXPECT_OK(round_trip(self, &self->near, 5));
}

TEST_F(plug, parked_function_that_is_unplugged_leaves_the_claim)
{
	struct group_info before, after;

	ASSERT_OK(own_near(self));
	ASSERT_OK(look(self, &before));
	ASSERT_OK(plug_far(self, CARD));
	ASSERT_OK(unplug_far(self));
	ASSERT_OK(look(self, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_OK(round_trip(self, &self->near, 6));
	ASSERT_OK(plug_far(self, CARD));
	ASSERT_OK(pci_write_command(self->far.slot.card, PCI_COMMAND_USE, 2));
	EXPECT_EQ(0, far_use(self));
}

TEST_F(plug, parked_function_that_is_torn_out_leaves_the_claim)
{
	struct group_info before, after;

	ASSERT_OK(own_near(self));
	ASSERT_OK(look(self, &before));
	ASSERT_OK(plug_far(self, CARD));
	ASSERT_OK(slot_tear_out(&self->far.slot));
	EXPECT_OK(slot_wait_empty(&self->far.slot));
	ASSERT_OK(look(self, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
	EXPECT_OK(round_trip(self, &self->near, 10));
}

/* Copies by the near device for as long as it is told to */
struct copier {
	struct _test_data_plug *self;
	pthread_t thread;
	atomic_bool stop;
	unsigned int rounds;
	int rc;
};

static void *copy(void *data)
{
	struct copier *copier = data;

	while (!copier->stop && !copier->rc) {
		copier->rc = round_trip(copier->self, &copier->self->near,
					copier->rounds);
		copier->rounds++;
	}
	return NULL;
}

TEST_F(plug, owner_copies_while_cards_come_and_go)
{
	struct copier copier = { .self = self };
	unsigned int i, before;
	int rc = 0;

	ASSERT_OK(own_near(self));
	ASSERT_EQ(0, pthread_create(&copier.thread, NULL, copy, &copier));
	for (i = 0; !rc && i < ROUNDS; i++) {
		before = copier.rounds;
		rc = plug_far(self, CARD);
		if (!rc)
			rc = pci_write_command(self->far.slot.card,
					       PCI_COMMAND_USE, 2);
		if (!rc && far_use(self))
			rc = -EPERM;
		if (!rc)
			rc = unplug_far(self);
		if (!rc && copier.rounds == before)
			rc = -ENODATA;
	}
	copier.stop = true;
	pthread_join(copier.thread, NULL);
	EXPECT_OK(rc) {
		TH_LOG("round %d", i);
	}
	EXPECT_OK(copier.rc);
	EXPECT_LE(ROUNDS, copier.rounds);
}

TEST_HARNESS_MAIN
