// SPDX-License-Identifier: GPL-2.0-only
/*
 * Groups of two under load: members that are moved one by one, moves that fail
 * half way, contexts that race for a group.
 */
#include <pthread.h>

#include "mock_fixture.h"

#include "lib/fault.h"

#define SHARED MOCK_FLAGS_DEVICE_SHARED_GROUP
#define RACES 1000

static int add_members(struct _test_data_mock *self, __u32 ioas,
		       struct mock_device *devs)
{
	return mock_attach_flags(self->fd, ioas, SHARED, &devs[0]) ?:
	       mock_attach_flags(self->fd, ioas, SHARED, &devs[1]);
}

static int remove_members(struct _test_data_mock *self,
			  struct mock_device *devs)
{
	return iommu_destroy(self->fd, devs[0].stdev) ?:
	       iommu_destroy(self->fd, devs[1].stdev);
}

/* The way to move devices that works as long as each is alone in its group */
TEST_F(mock, member_that_left_cannot_go_elsewhere_before_the_others)
{
	struct mock_device devs[2], moved;
	__u32 other;

	ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
	ASSERT_OK(map_memory(self, IOVA));
	ASSERT_OK(add_members(self, self->ioas, devs));
	ASSERT_OK(iommu_destroy(self->fd, devs[0].stdev));
	EXPECT_ERR(EINVAL, mock_attach_flags(self->fd, other, SHARED, &moved));
	EXPECT_OK(check_memory(self, devs[1].hwpt, IOVA));
	EXPECT_OK(iommu_destroy(self->fd, other));
	ASSERT_OK(iommu_destroy(self->fd, devs[1].stdev));
}

/*
 * The mock lets the nth attach of a device fail: that of the first member, of
 * the second one, which takes the first back, and of what comes before.
 */
TEST_F(mock, group_moves_as_a_whole_or_stays_where_it_is)
{
	struct fault_sweep sweep = {};
	struct mock_device devs[2];
	__u32 other, hwpt;
	int rc;

	if (fault_prepare())
		SKIP(return, "no fault injection in this kernel");
	while (fault_next(&sweep)) {
		fault_disarm();
		ASSERT_OK(iommu_ioas_alloc(self->fd, &other));
		ASSERT_OK(add_members(self, self->ioas, devs));
		ASSERT_OK(fault_arm(sweep.nth));
		rc = mock_replace(self->fd, devs[0].stdev, other, &hwpt);
		sweep.fired = fault_disarm();
		ASSERT_TRUE(fault_is_expected(&sweep, rc));
		/* One of the spaces is in use, the other is not */
		ASSERT_ERR(EBUSY, iommu_destroy(self->fd,
						rc ? self->ioas : other));
		ASSERT_OK(remove_members(self, devs));
		ASSERT_OK(iommu_destroy(self->fd, other));
	}
	EXPECT_TRUE(fault_swept(&sweep));
}

struct racer {
	pthread_t thread;
	pthread_barrier_t *start;
	int fd;
	__u32 ioas;
	unsigned int won;
	int rc;
};

static void *race(void *data)
{
	struct racer *racer = data;
	struct mock_device dev;
	unsigned int i;
	int rc;

	for (i = 0; i < RACES; i++) {
		pthread_barrier_wait(racer->start);
		rc = mock_attach_flags(racer->fd, racer->ioas, SHARED, &dev);
		/* Both have tried before one gives the group back */
		pthread_barrier_wait(racer->start);
		if (!rc) {
			racer->won++;
			rc = iommu_destroy(racer->fd, dev.stdev);
		} else if (rc == -EBUSY) {
			rc = 0;
		}
		if (rc)
			racer->rc = rc;
	}
	return NULL;
}

TEST_F(mock, one_of_two_contexts_gets_the_group)
{
	struct racer racers[2] = { { .fd = self->fd }, { .fd = iommu_open() } };
	pthread_barrier_t start;
	unsigned int i;

	pthread_barrier_init(&start, NULL, 2);
	for (i = 0; i < 2; i++) {
		racers[i].start = &start;
		ASSERT_LE(0, racers[i].fd);
		ASSERT_OK(iommu_ioas_alloc(racers[i].fd, &racers[i].ioas));
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, race,
					    &racers[i]));
	}
	for (i = 0; i < 2; i++) {
		pthread_join(racers[i].thread, NULL);
		EXPECT_OK(racers[i].rc);
	}
	EXPECT_EQ(RACES, racers[0].won + racers[1].won);
	close(racers[1].fd);
	pthread_barrier_destroy(&start);
}

TEST_HARNESS_MAIN
