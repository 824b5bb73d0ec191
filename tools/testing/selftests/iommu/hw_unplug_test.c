// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cards are taken out while a context has them.
 */
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "hw_plug_fixture.h"

#define REQUEST_MS 20000

/* A card that nobody drives, and that was left turned on */
static int plug_abandoned(struct _test_data_plug *self)
{
	return plug_far(self, CARD) ?: pci_unbind_driver(self->far.slot.card) ?:
	       pci_set_use(self->far.slot.card, PCI_COMMAND_USE);
}

/* Be told when the device is to leave; an eventfd or a negative errno */
static int listen_for_request(struct end *end)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), rc;

	if (fd < 0)
		return -errno;
	rc = vfio_irq_enable(&end->dev, VFIO_PCI_REQ_IRQ_INDEX, fd);
	if (rc)
		close(fd);
	return rc ?: fd;
}

static bool was_requested(int fd, int ms)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };

	return poll(&pollfd, 1, ms) == 1;
}

/* The near device is on its way out and waits for us; an eventfd or -errno */
static int start_unplug_near(struct _test_data_plug *self)
{
	int request = listen_for_request(&self->near), rc;

	if (request < 0)
		return request;
	rc = slot_start_unplug(self->monitor, &self->near.slot);
	if (!rc && !was_requested(request, REQUEST_MS))
		rc = -ETIMEDOUT;
	if (rc)
		close(request);
	return rc ?: request;
}

/* Our claim has ended with our device: the far one can be bound by others */
static int check_claim_ended(struct _test_data_plug *self)
{
	int rc = far_use(self) == PCI_COMMAND_USE ? 0 : -EBUSY;

	rc = rc ?: slot_wait_empty(&self->near.slot);
	if (!rc && !slot_is_empty(&self->near.slot))
		rc = -EEXIST;
	return rc ?: take_and_open(&self->far) ?:
	       vfio_bind(&self->far.dev, self->theirs);
}

/* Plug a device in where ours was */
static int plug_another_near(struct _test_data_plug *self)
{
	return slot_plug(self->monitor, &self->near.slot, EDU) ?:
	       take_and_open(&self->near);
}

/* The near device is ours and at work; an eventfd to be told, or -errno */
static int own_near_and_listen(struct _test_data_plug *self)
{
	return own_near(self) ?: listen_for_request(&self->near);
}

/* As people unplug: there are five seconds in which to change one's mind */
TEST_F(plug, button_asks_the_user_to_leave_and_the_claim_ends_with_that)
{
	int request;

	ASSERT_OK(plug_abandoned(self));
	request = own_near_and_listen(self);
	ASSERT_LE(0, request);
	EXPECT_EQ(0, far_use(self));
	ASSERT_OK(slot_press_button(self->monitor, &self->near.slot));
	EXPECT_FALSE(was_requested(request, 1000));
	EXPECT_TRUE(was_requested(request, REQUEST_MS));
	EXPECT_FALSE(slot_is_empty(&self->near.slot));
	EXPECT_EQ(0, far_use(self));

	vfio_close(&self->near.dev);
	EXPECT_OK(check_claim_ended(self));
	close(request);
}

TEST_F(plug, device_works_until_its_user_has_left)
{
	struct group_info info;
	__u32 other;
	int request;

	ASSERT_OK(own_near(self));
	ASSERT_OK(iommu_ioas_alloc(self->ours, &other));
	request = start_unplug_near(self);
	ASSERT_LE(0, request);
	EXPECT_OK(round_trip(self, &self->near, 7));
	EXPECT_OK(look(self, &info));
	EXPECT_EQ(IOMMU_GROUP_MEMBER_OURS,
		  group_member_state(&info, self->near.slot.card));
	EXPECT_OK(vfio_attach(&self->near.dev, other));
	EXPECT_OK(vfio_attach(&self->near.dev, self->ioas_id));
	EXPECT_OK(round_trip(self, &self->near, 8));
	EXPECT_FALSE(slot_is_empty(&self->near.slot));
	vfio_close(&self->near.dev);
	EXPECT_OK(slot_end_unplug(&self->near.slot));
	close(request);
}

TEST_F(plug, claim_lasts_while_another_function_is_bound)
{
	int request;

	ASSERT_OK(plug_far(self, EDU));
	ASSERT_OK(own_near(self));
	ASSERT_OK(bind_and_attach(self, &self->far));
	ASSERT_OK(edu_init(&self->far.edu, &self->far.dev));
	request = start_unplug_near(self);
	ASSERT_LE(0, request);
	vfio_close(&self->near.dev);
	ASSERT_OK(slot_end_unplug(&self->near.slot));
	EXPECT_OK(round_trip(self, &self->far, 9));
	/* Also for what is plugged in where the first one was */
	ASSERT_OK(plug_another_near(self));
	EXPECT_ERR(EBUSY, vfio_bind(&self->near.dev, self->theirs));
	vfio_close(&self->far.dev);
	EXPECT_OK(vfio_bind(&self->near.dev, self->theirs));
	close(request);
}

TEST_F(plug, claim_ends_when_the_last_card_is_unplugged)
{
	int request;

	ASSERT_OK(own_near(self));
	request = start_unplug_near(self);
	ASSERT_LE(0, request);
	vfio_close(&self->near.dev);
	ASSERT_OK(slot_end_unplug(&self->near.slot));
	EXPECT_TRUE(slot_is_empty(&self->near.slot));
	ASSERT_OK(plug_another_near(self));
	EXPECT_OK(vfio_bind(&self->near.dev, self->theirs));
	vfio_close(&self->near.dev);
	EXPECT_OK(own_near(self));
	close(request);
}

TEST_F(plug, user_that_is_killed_lets_the_device_go)
{
	int ready[2], status;
	char byte = 0;
	pid_t pid;

	ASSERT_OK(plug_abandoned(self));
	ASSERT_EQ(0, pipe(ready));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (own_near(self) || write(ready[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	EXPECT_EQ(1, read(ready[0], &byte, 1));
	EXPECT_EQ(0, far_use(self));
	EXPECT_OK(slot_start_unplug(self->monitor, &self->near.slot));
	usleep(200000);
	EXPECT_FALSE(slot_is_empty(&self->near.slot));
	kill(pid, SIGKILL);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_OK(slot_end_unplug(&self->near.slot));
	EXPECT_EQ(PCI_COMMAND_USE, far_use(self));
	close(ready[0]);
}

/*
 * Both are asked for, and the second one's slot cannot go on before the first
 * one's does. Each close resets the slot of its device.
 */
TEST_F(plug, user_of_two_may_leave_the_second_one_first)
{
	int request;

	ASSERT_OK(plug_far(self, EDU));
	ASSERT_OK(own_near(self));
	ASSERT_OK(bind_and_attach(self, &self->far));
	request = start_unplug_near(self);
	ASSERT_LE(0, request);
	ASSERT_OK(slot_start_unplug(self->monitor, &self->far.slot));
	usleep(300000);
	vfio_close(&self->far.dev);
	EXPECT_FALSE(slot_is_empty(&self->near.slot));
	vfio_close(&self->near.dev);
	EXPECT_OK(slot_end_unplug(&self->near.slot));
	EXPECT_OK(slot_end_unplug(&self->far.slot));
	close(request);
}

TEST_F(plug, device_that_is_torn_out_ends_the_claim_when_it_is_closed)
{
	int request;

	ASSERT_OK(plug_abandoned(self));
	request = own_near_and_listen(self);
	ASSERT_LE(0, request);
	ASSERT_OK(slot_tear_out(&self->near.slot));
	EXPECT_TRUE(was_requested(request, REQUEST_MS));
	/* It is gone, what was to be known of it is not */
	EXPECT_OK(vfio_detach(&self->near.dev));
	EXPECT_EQ(0, far_use(self));
	vfio_close(&self->near.dev);
	EXPECT_OK(check_claim_ended(self));
	close(request);
}

TEST_HARNESS_MAIN
