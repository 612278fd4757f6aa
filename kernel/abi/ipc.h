// SPDX-License-Identifier: ISC
// System V semaphores, shared memory and message queues, and the attributes of POSIX queues.
// Source: Linux's arch/x86/include/uapi/asm/{ipcbuf,sembuf,shmbuf,msgbuf}.h.
#pragma once

#include "types.h"

#define IPC_CREAT   00001000
#define IPC_EXCL    00002000
#define IPC_NOWAIT  00004000
#define IPC_PRIVATE ((key_t)0)
#define IPC_RMID    0
#define IPC_SET     1
#define IPC_STAT    2
#define IPC_INFO    3

struct ipc64_perm {
    key_t key;
    uid_t uid;
    gid_t gid;
    uid_t cuid;
    gid_t cgid;
    mode_t mode;
    unsigned short seq;
    unsigned short pad2;
    unsigned long unused1;
    unsigned long unused2;
};

#define SEM_UNDO 0x1000
#define GETPID   11
#define GETVAL   12
#define GETALL   13
#define GETNCNT  14
#define GETZCNT  15
#define SETVAL   16
#define SETALL   17
#define SEM_STAT 18
#define SEM_INFO 19

#define SEMMNI 32000 // sets
#define SEMMSL 32000 // semaphores in a set
#define SEMOPM 500   // operations in one semop
#define SEMVMX 32767 // value
#define SEMMNS (SEMMNI * SEMMSL)
#define SEMAEM SEMVMX

struct semid64_ds {
    struct ipc64_perm sem_perm;
    long sem_otime;
    unsigned long unused1;
    long sem_ctime;
    unsigned long unused2;
    unsigned long sem_nsems;
    unsigned long unused3;
    unsigned long unused4;
};

struct sembuf {
    unsigned short sem_num;
    short sem_op;
    short sem_flg;
};

struct seminfo {
    int semmap, semmni, semmns, semmnu, semmsl, semopm, semume, semusz, semvmx, semaem;
};

#define SHM_RDONLY    010000
#define SHM_RND       020000
#define SHM_REMAP     040000
#define SHM_EXEC      0100000
#define SHM_HUGETLB   04000
#define SHM_NORESERVE 010000
#define SHM_LOCK      11
#define SHM_UNLOCK    12
#define SHM_STAT      13
#define SHM_INFO      14
#define SHM_DEST      01000
#define SHM_LOCKED    02000
#define SHMLBA        4096

struct shmid64_ds {
    struct ipc64_perm shm_perm;
    size_t shm_segsz;
    long shm_atime;
    long shm_dtime;
    long shm_ctime;
    pid_t shm_cpid;
    pid_t shm_lpid;
    unsigned long shm_nattch;
    unsigned long unused4;
    unsigned long unused5;
};

#define MSG_NOERROR 010000
#define MSG_EXCEPT  020000
#define MSG_COPY    040000
#define MSGMNI      32000
#define MSGMAX      8192
#define MSGMNB      16384

struct msqid64_ds {
    struct ipc64_perm msg_perm;
    long msg_stime;
    long msg_rtime;
    long msg_ctime;
    unsigned long msg_cbytes;
    unsigned long msg_qnum;
    unsigned long msg_qbytes;
    pid_t msg_lspid;
    pid_t msg_lrpid;
    unsigned long unused4;
    unsigned long unused5;
};

struct mq_attr {
    long mq_flags;
    long mq_maxmsg;
    long mq_msgsize;
    long mq_curmsgs;
    long mq_reserved[4];
};
