// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual functions in groups of their own: each has its own claim, whoever
 * has their physical function, and where that is a user they share a token.
 */
#include <poll.h>

#include "hw_sriov_fixture.h"

/*
 *	root port -- igb -+- physical function
 *	                  +- virtual functions 0, 1, 2
 *
 * The port isolates them, so that each is a group.
 */
FIXTURE(sriov)
{
	struct functions fns;
};

FIXTURE_SETUP(sriov)
{
	int rc = functions_init(&self->fns, PCI_ALONE);

	if (rc == -ENODEV)
		SKIP_FROM_SETUP("no igb device alone in its IOMMU group");
	ASSERT_OK(rc);
}

FIXTURE_TEARDOWN(sriov)
{
	functions_restore(&self->fns);
}

/* Alone in its group as a context sees it, and in this state */
static bool is_alone(int context, struct function *fn, __u32 state)
{
	struct group_info info;
	int rc = group_info_of_file(context, fn->dev.fd, &info);

	if (!rc && info.count == 1 &&
	    group_member_state(&info, fn->pci.name) == state)
		return true;
	printf("# %s: error %d, %u members, state %u\n", fn->pci.name, rc,
	       info.count, info.members[0].state);
	return false;
}

TEST_F(sriov, each_vf_is_in_a_group_of_its_own)
{
	struct function *vf = self->fns.vf;
	int i;

	ASSERT_OK(add_vfs_of_kernel(&self->fns));
	for (i = 0; i < VFS; i++) {
		EXPECT_TRUE(is_alone(self->fns.ours, &vf[i],
				     IOMMU_GROUP_MEMBER_FREE));
		EXPECT_NE(self->fns.pf.pci.group, vf[i].pci.group);
		EXPECT_NE(vf[(i + 1) % VFS].pci.group, vf[i].pci.group);
	}
}

TEST_F(sriov, vfs_go_to_two_contexts_while_the_kernel_has_their_pf)
{
	struct functions *fns = &self->fns;
	char driver[PCI_NAME_LEN];
	__u32 ours, theirs;

	ASSERT_OK(add_vfs_of_kernel(fns));
	ASSERT_OK(vfio_bind(&fns->vf[0].dev, fns->ours));
	ASSERT_OK(vfio_bind(&fns->vf[1].dev, fns->theirs));
	ASSERT_OK(iommu_ioas_alloc(fns->ours, &ours));
	ASSERT_OK(iommu_ioas_alloc(fns->theirs, &theirs));
	EXPECT_OK(vfio_attach(&fns->vf[0].dev, ours));
	EXPECT_OK(vfio_attach(&fns->vf[1].dev, theirs));
	EXPECT_TRUE(is_alone(fns->ours, &fns->vf[0], IOMMU_GROUP_MEMBER_OURS));
	EXPECT_TRUE(is_alone(fns->ours, &fns->vf[1],
			     IOMMU_GROUP_MEMBER_OTHERS));
	EXPECT_TRUE(is_alone(fns->ours, &fns->vf[2], IOMMU_GROUP_MEMBER_FREE));
	ASSERT_OK(pci_driver(fns->pf.pci.name, driver));
	EXPECT_STREQ(KERNEL_DRIVER, driver);
	EXPECT_TRUE(driver_has_netdev(fns->pf.pci.name));
}

TEST_F(sriov, vf_of_a_kernels_pf_has_no_token)
{
	struct functions *fns = &self->fns;

	ASSERT_OK(add_vfs_of_kernel(fns));
	EXPECT_ERR(EINVAL, sriov_bind(&fns->vf[0].dev, fns->ours, &token));
	EXPECT_OK(vfio_bind(&fns->vf[0].dev, fns->ours));
}

/* As the kernel left them: its own function works, nobody uses the others */
static bool others_are_untouched(struct functions *fns, int pf)
{
	return pci_read_use(fns->pf.pci.name) == pf &&
	       pci_read_use(fns->vf[1].pci.name) == 0 &&
	       pci_read_use(fns->vf[2].pci.name) == PCI_COMMAND_MASTER;
}

TEST_F(sriov, no_step_changes_command_registers_of_other_groups)
{
	struct functions *fns = &self->fns;
	__u32 ioas_id;
	int pf;

	ASSERT_OK(add_vfs_of_kernel(fns));
	/* One has no driver, and was left turned on */
	vfio_close(&fns->vf[2].dev);
	ASSERT_OK(pci_unbind_driver(fns->vf[2].pci.name));
	ASSERT_OK(pci_set_use(fns->vf[2].pci.name, PCI_COMMAND_MASTER));
	pf = pci_read_use(fns->pf.pci.name);
	ASSERT_TRUE(pf & PCI_COMMAND_MASTER);
	ASSERT_TRUE(others_are_untouched(fns, pf));
	ASSERT_OK(iommu_ioas_alloc(fns->ours, &ioas_id));
	ASSERT_OK(vfio_bind(&fns->vf[0].dev, fns->ours));
	EXPECT_TRUE(others_are_untouched(fns, pf));
	ASSERT_OK(vfio_attach(&fns->vf[0].dev, ioas_id));
	ASSERT_OK(vfio_set_master(&fns->vf[0].dev, true));
	EXPECT_TRUE(pci_read_use(fns->vf[0].pci.name) & PCI_COMMAND_MASTER);
	EXPECT_TRUE(others_are_untouched(fns, pf));
	ASSERT_OK(vfio_detach(&fns->vf[0].dev));
	EXPECT_TRUE(others_are_untouched(fns, pf));
	vfio_close(&fns->vf[0].dev);
	EXPECT_EQ(0, pci_read_use(fns->vf[0].pci.name));
	EXPECT_TRUE(others_are_untouched(fns, pf));
}

TEST_F(sriov, vfs_vanish_only_when_nobody_uses_one)
{
	struct functions *fns = &self->fns;
	struct pollfd gone = { .events = POLLIN };
	int ends[2], status;
	__u32 ioas_id;
	pid_t pid;

	ASSERT_OK(add_vfs_of_kernel(fns));
	ASSERT_OK(iommu_ioas_alloc(fns->ours, &ioas_id));
	ASSERT_OK(vfio_bind(&fns->vf[0].dev, fns->ours));
	ASSERT_EQ(0, pipe(ends));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		/* Only the parent's file keeps it */
		close_all(fns);
		_exit(-sriov_set_vfs(fns->pf.pci.name, 0));
	}
	close(ends[1]);
	gone.fd = ends[0];
	EXPECT_EQ(0, poll(&gone, 1, 500));
	EXPECT_OK(vfio_attach(&fns->vf[0].dev, ioas_id));
	EXPECT_TRUE(is_alone(fns->ours, &fns->vf[0], IOMMU_GROUP_MEMBER_OURS));
	vfio_close(&fns->vf[0].dev);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_ERR(ENOENT, sriov_find_vf(fns->pf.pci.name, 0,
					 &fns->vf[0].pci));
	close(ends[0]);
}

TEST_F(sriov, file_of_a_vf_that_vanished_is_ENODEV)
{
	struct functions *fns = &self->fns;
	struct group_info info;

	ASSERT_OK(add_vfs_of_kernel(fns));
	/* A file that is not bound does not keep the function */
	ASSERT_OK(sriov_set_vfs(fns->pf.pci.name, 0));
	EXPECT_ERR(ENODEV, group_info_of_file(fns->ours, fns->vf[0].dev.fd,
					      &info));
	EXPECT_ERR(ENODEV, vfio_bind(&fns->vf[0].dev, fns->ours));
}

TEST_F(sriov, kernel_gets_its_pf_and_its_vfs_back)
{
	struct functions *fns = &self->fns;
	char driver[PCI_NAME_LEN];
	__u32 ioas_id;

	ASSERT_OK(driver_load(KERNEL_DRIVER, fns->pf.pci.name, &fns->loaded));
	ASSERT_OK(take_and_open(&fns->pf));
	EXPECT_FALSE(driver_has_netdev(fns->pf.pci.name));
	ASSERT_OK(vfio_bind(&fns->pf.dev, fns->ours));
	ASSERT_OK(iommu_ioas_alloc(fns->ours, &ioas_id));
	ASSERT_OK(vfio_attach(&fns->pf.dev, ioas_id));
	vfio_close(&fns->pf.dev);
	pci_give_back(&fns->pf.pci);
	ASSERT_OK(pci_driver(fns->pf.pci.name, driver));
	EXPECT_STREQ(KERNEL_DRIVER, driver);
	EXPECT_TRUE(driver_has_netdev(fns->pf.pci.name));
	ASSERT_OK(add_vfs_of_kernel(fns));
	EXPECT_OK(vfio_bind(&fns->vf[0].dev, fns->theirs));
}

TEST_F(sriov, vf_of_a_users_pf_needs_their_token)
{
	struct functions *fns = &self->fns;

	ASSERT_OK(add_vfs_of_user(fns));
	/* Until somebody sets it, nobody knows it */
	EXPECT_ERR(EACCES, sriov_bind(&fns->vf[0].dev, fns->theirs, &token));
	ASSERT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	EXPECT_ERR(EACCES, vfio_bind(&fns->vf[0].dev, fns->theirs));
	EXPECT_ERR(EACCES, sriov_bind(&fns->vf[0].dev, fns->theirs,
				      &wrong_token));
	EXPECT_TRUE(is_alone(fns->ours, &fns->vf[0], IOMMU_GROUP_MEMBER_FREE));
	EXPECT_OK(sriov_bind(&fns->vf[0].dev, fns->theirs, &token));
	EXPECT_OK(sriov_bind(&fns->vf[1].dev, fns->ours, &token));
	EXPECT_TRUE(is_alone(fns->ours, &fns->pf, IOMMU_GROUP_MEMBER_OURS));
}

TEST_F(sriov, pf_of_a_vf_in_use_needs_the_token_as_well)
{
	struct functions *fns = &self->fns;

	ASSERT_OK(add_vfs_of_user(fns));
	ASSERT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	ASSERT_OK(sriov_bind(&fns->vf[0].dev, fns->theirs, &token));
	ASSERT_OK(reopen(&fns->pf));
	EXPECT_ERR(EACCES, vfio_bind(&fns->pf.dev, fns->ours));
	EXPECT_ERR(EACCES, sriov_bind(&fns->pf.dev, fns->ours, &wrong_token));
	EXPECT_OK(sriov_bind(&fns->pf.dev, fns->ours, &token));
	/* With nobody left who shares the old one, a new one is set */
	vfio_close(&fns->vf[0].dev);
	ASSERT_OK(reopen(&fns->pf));
	EXPECT_OK(sriov_bind(&fns->pf.dev, fns->ours, &wrong_token));
	ASSERT_OK(reopen(&fns->vf[0]));
	EXPECT_OK(sriov_bind(&fns->vf[0].dev, fns->theirs, &wrong_token));
}

TEST_HARNESS_MAIN
