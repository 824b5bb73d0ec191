// SPDX-License-Identifier: GPL-2.0-only
/*
 * A claimed group while everything around it moves: its owner is killed, its
 * members change drivers and come and go, others want it.
 */
#include <pthread.h>
#include <signal.h>

#include "hw_group_fixture.h"

#include "lib/loop.h"
#include "lib/pci_config.h"

#define KILLS 10
#define ROUNDS 20

/* Two functions without access control between them */
FIXTURE_VARIANT_ADD(group, of_functions)
{
	.id = PCI_ID_E1000E,
};

/* A device and a card with a driver in the kernel, behind a bridge */
FIXTURE_VARIANT_ADD(group, behind_a_bridge)
{
	.id = PCI_ID_EDU,
};

/* Claims, attaches and gives back for as long as it lives */
static void own_group(struct _test_data_group *self, int ready)
{
	struct vfio_dev dev;
	char byte = 0;
	__u32 ioas_id;
	int fd;

	for (;;) {
		fd = iommu_open();
		if (fd < 0 || vfio_open(&dev, self->a.pci.name) ||
		    vfio_bind(&dev, fd) || iommu_ioas_alloc(fd, &ioas_id) ||
		    vfio_attach(&dev, ioas_id))
			_exit(1);
		if (ready >= 0 && write(ready, &byte, 1) != 1)
			_exit(1);
		ready = -1;
		vfio_close(&dev);
		close(fd);
	}
}

TEST_F(group, owner_killed_anywhere_leaves_a_group_that_works)
{
	int ready[2], status;
	unsigned int i;
	char byte;
	pid_t pid;

	ASSERT_OK(take_both(self));
	vfio_close(&self->a.dev);
	for (i = 0; i < KILLS; i++) {
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid)
			own_group(self, ready[1]);
		close(ready[1]);
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		close(ready[0]);
		/* Another place in the loop each time */
		usleep(i * 7919 % 50000);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status));
		/* The files are closed when a process is gone, not later */
		ASSERT_OK(vfio_bind(&self->b.dev, self->ours));
		vfio_close(&self->b.dev);
		ASSERT_OK(vfio_open(&self->b.dev, self->b.pci.name));
	}
}

/* Drivers come to the sibling and go */
static int juggle_drivers(void *data)
{
	const char *name = data;
	int rc = pci_probe_with(name, "vfio-pci") ?: pci_unbind_driver(name);

	return rc || !pci_read_use(name) ? rc : -EPERM;
}

/* The sibling is unplugged and comes back */
static int juggle_sibling(void *data)
{
	const char *name = data;
	int rc = pci_remove(name) ?: pci_rescan(name);

	return rc || !pci_read_use(name) ? rc : -EPERM;
}

/* The group is attached, moved and detached while somebody juggles */
static int move_while(struct _test_data_group *self, struct loop *loop,
		      int (*juggle)(void *name))
{
	__u32 first, second;
	unsigned int i;
	int rc;

	rc = pci_take(&self->b.pci) ?: pci_unbind_driver(self->b.pci.name) ?:
	     take_and_open(&self->a) ?: vfio_bind(&self->a.dev, self->ours) ?:
	     iommu_ioas_alloc(self->ours, &first) ?:
	     iommu_ioas_alloc(self->ours, &second) ?:
	     loop_start(loop, juggle, self->b.pci.name);
	if (rc)
		return rc;
	for (i = 0; !rc && (i < ROUNDS || loop->rounds < 5) && !loop->rc; i++)
		rc = vfio_attach(&self->a.dev, first) ?:
		     vfio_attach(&self->a.dev, second) ?:
		     vfio_detach(&self->a.dev);
	return loop_stop(loop) ?: rc;
}

TEST_F(group, drivers_of_a_sibling_may_come_and_go)
{
	struct loop loop = {};

	EXPECT_OK(move_while(self, &loop, juggle_drivers));
	EXPECT_LE(5, loop.rounds);
}

TEST_F(group, sibling_may_be_unplugged_and_come_back)
{
	struct loop loop = {};

	EXPECT_OK(move_while(self, &loop, juggle_sibling));
	EXPECT_LE(5, loop.rounds);
	/* The owner can have it, others cannot */
	ASSERT_OK(pci_probe_with(self->b.pci.name, "vfio-pci"));
	ASSERT_OK(vfio_open(&self->b.dev, self->b.pci.name));
	EXPECT_ERR(EBUSY, vfio_bind(&self->b.dev, self->theirs));
	EXPECT_OK(vfio_bind(&self->b.dev, self->ours));
}

struct racer {
	pthread_t thread;
	struct vfio_dev *dev;
	int context;
	int rc;
};

static void *bind_one(void *data)
{
	struct racer *racer = data;

	racer->rc = vfio_bind(racer->dev, racer->context);
	return NULL;
}

TEST_F(group, one_of_two_contexts_gets_it)
{
	struct member *members[] = { &self->a, &self->b };
	int contexts[] = { self->ours, self->theirs };
	unsigned int i, round;

	ASSERT_OK(take_both(self));
	for (round = 0; round < ROUNDS; round++) {
		struct racer racers[2];

		for (i = 0; i < 2; i++) {
			racers[i].dev = &members[i]->dev;
			racers[i].context = contexts[(i + round) % 2];
			ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL,
						    bind_one, &racers[i]));
		}
		for (i = 0; i < 2; i++)
			pthread_join(racers[i].thread, NULL);
		/* One has it, and the other one is told that it has not */
		EXPECT_EQ(-EBUSY, racers[0].rc + racers[1].rc);
		for (i = 0; i < 2; i++) {
			vfio_close(&members[i]->dev);
			ASSERT_OK(vfio_open(&members[i]->dev,
					    members[i]->pci.name));
		}
	}
}

TEST_HARNESS_MAIN
