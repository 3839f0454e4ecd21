/* Where the programs of this image ask for a user's subordinate IDs (nsswitch.conf, "subid: pipglr").
 *
 * libsubid's own reader keeps the open file in a static variable, and podman asks it from several threads at once: of
 * 480 containers made eight at a time, each with a user namespace without the user podman, five failed with "cannot read
 * subids", and now and then podman itself ended (podman 5.4.2, libsubid 4.17.4). This one shares nothing.
 *
 * Compiled by tcc without any header: what is needed of the C library and of shadow's subid.h stands here.
 */
typedef struct file FILE;
FILE *fopen(const char *, const char *);
char *fgets(char *, int, FILE *);
int fclose(FILE *);
void *malloc(unsigned long);
void free(void *);
unsigned long strtoul(const char *, char **, int);
unsigned long strlen(const char *);
int strncmp(const char *, const char *, unsigned long);

enum { USERS = 1, GROUPS = 2 };
enum { SUCCESS = 0, UNKNOWN = 1, FAILED = 3 };
struct range { unsigned long start, count; };
/* More than the file of this image can have (assets/image/subids). */
enum { MOST = 64 };

/* Reads the ranges of an owner; -1 where the file cannot be read. */
static int ranges_of(const char *owner, int kind, struct range *ranges) {
  char line[256], *at;
  unsigned long length = strlen(owner);
  int count = 0;
  FILE *file = fopen(kind == GROUPS ? "/etc/subgid" : "/etc/subuid", "re");
  if (!file) return -1;
  while (count < MOST && fgets(line, sizeof line, file)) {
    if (strncmp(line, owner, length) || line[length] != ':') continue;
    ranges[count].start = strtoul(line + length + 1, &at, 10);
    if (*at != ':') continue;
    ranges[count].count = strtoul(at + 1, &at, 10);
    if (*at == '\n' && ranges[count].count) count++;
  }
  fclose(file);
  return count;
}

int shadow_subid_list_owner_ranges(const char *owner, int kind, struct range **ranges, int *count) {
  *ranges = malloc(MOST * sizeof **ranges);
  *count = *ranges ? ranges_of(owner, kind, *ranges) : -1;
  if (*count > 0) return SUCCESS;
  free(*ranges);
  *ranges = 0;
  if (*count < 0) { *count = 0; return FAILED; }
  return UNKNOWN;
}

/* What newuidmap and newgidmap ask before they do it. */
int shadow_subid_has_range(const char *owner, unsigned long start, unsigned long count, int kind, _Bool *result) {
  struct range ranges[MOST];
  int i, all = ranges_of(owner, kind, ranges);
  *result = 0;
  if (all < 0) return FAILED;
  for (i = 0; i < all; i++)
    if (start >= ranges[i].start && count <= ranges[i].count && start - ranges[i].start <= ranges[i].count - count) *result = 1;
  return SUCCESS;
}

int shadow_subid_find_subid_owners(unsigned long id, int kind, unsigned int **owners, int *count) {
  *owners = 0;
  *count = 0;
  return SUCCESS;
}

void shadow_subid_free(void *pointer) { free(pointer); }
