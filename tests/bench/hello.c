/* hello.c - a control of the bench: the least that a FastCGI answer behind the same
 * nginx costs. With --user each answer asks MariaDB a prepared `SELECT 1` as well. */
#include <fcgiapp.h>
#include <getopt.h>
#include <mysql.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHILDREN_MAX = 64, BACKLOG = 1024, PASSWORD_BYTES = 100 };

/* Where to listen, how many children, and the database; without a user there is none.
 */
struct hello {
	const char *listen, *database, *user, *password_file;
	int children;
};

static const char answer[] = "Content-Type: text/plain\r\n"
			     "Content-Length: 6\r\n"
			     "\r\n"
			     "hello\n";

static void
give_up(const char *what, const char *why)
{
	fprintf(stderr, "till_bench_hello: %s: %s\n", what, why);
	exit(1);
}

static void
read_password(const char *path, char password[PASSWORD_BYTES])
{
	FILE *file = fopen(path, "re");

	if (file == NULL || fgets(password, PASSWORD_BYTES, file) == NULL)
		give_up(path, "no password in it");
	fclose(file);
	password[strcspn(password, "\n")] = '\0';
}

static MYSQL_STMT *
prepare_select(const struct hello *hello)
{
	static const char sql[] = "SELECT 1";
	char password[PASSWORD_BYTES];
	MYSQL *db = mysql_init(NULL);
	MYSQL_STMT *stmt;

	read_password(hello->password_file, password);
	if (mysql_real_connect(db, NULL, hello->user, password, NULL, 0,
			       hello->database, 0) == NULL)
		give_up("no database", mysql_error(db));
	stmt = mysql_stmt_init(db);
	if (mysql_stmt_prepare(stmt, sql, sizeof sql - 1) != 0)
		give_up(sql, mysql_stmt_error(stmt));
	return stmt;
}

static void
select_one(MYSQL_STMT *stmt)
{
	if (mysql_stmt_execute(stmt) != 0 || mysql_stmt_store_result(stmt) != 0 ||
	    mysql_stmt_num_rows(stmt) != 1)
		give_up("SELECT 1", mysql_stmt_error(stmt));
	mysql_stmt_free_result(stmt);
}

static void
serve(const struct hello *hello, int listen_fd)
{
	MYSQL_STMT *stmt = hello->user == NULL ? NULL : prepare_select(hello);
	FCGX_Request request;

	/* as the shop's children do: nginx closes at once */
	setenv("LIBFCGI_OS_CLOSE_POLL_TIMEOUT", "50", 1);
	if (FCGX_Init() != 0 || FCGX_InitRequest(&request, listen_fd, 0) != 0)
		give_up("libfcgi", "does not begin");
	while (FCGX_Accept_r(&request) == 0) {
		if (stmt != NULL)
			select_one(stmt);
		FCGX_PutStr(answer, sizeof answer - 1, request.out);
		FCGX_Finish_r(&request);
	}
}

/* A child ends with its parent, however that ends. */
static pid_t
start_child(const struct hello *hello, int listen_fd, const sigset_t *before)
{
	pid_t parent = getpid(), pid = fork();

	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigprocmask(SIG_SETMASK, before, NULL);
	serve(hello, listen_fd);
	_exit(0);
}

/* Until somebody asks it to end, or a child ended by itself. */
static int
run(const struct hello *hello)
{
	pid_t children[CHILDREN_MAX];
	sigset_t awaited, before;
	int listen_fd, got;

	prctl(PR_SET_PDEATHSIG, SIGTERM); /* nor does it outlive who started it */
	sigemptyset(&awaited);
	sigaddset(&awaited, SIGTERM);
	sigaddset(&awaited, SIGINT);
	sigaddset(&awaited, SIGCHLD);
	sigprocmask(SIG_BLOCK, &awaited, &before);
	FCGX_Init();
	listen_fd = FCGX_OpenSocket(hello->listen, BACKLOG);
	if (listen_fd < 0)
		give_up(hello->listen, "cannot listen there");
	for (int i = 0; i < hello->children; i++)
		children[i] = start_child(hello, listen_fd, &before);
	sigwait(&awaited, &got);
	for (int i = 0; i < hello->children; i++)
		if (children[i] > 0)
			kill(children[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	unlink(hello->listen);
	return got == SIGCHLD;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"listen", required_argument, NULL, 'l'},
		{"children", required_argument, NULL, 'c'},
		{"database", required_argument, NULL, 'd'},
		{"user", required_argument, NULL, 'u'},
		{"password-file", required_argument, NULL, 'p'},
		{0},
	};
	struct hello hello = {.children = 4};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'l':
			hello.listen = optarg;
			break;
		case 'c':
			hello.children = (int)strtol(optarg, NULL, 10);
			break;
		case 'd':
			hello.database = optarg;
			break;
		case 'u':
			hello.user = optarg;
			break;
		case 'p':
			hello.password_file = optarg;
			break;
		default:
			return 2;
		}
	if (hello.listen == NULL || hello.children < 1 ||
	    hello.children > CHILDREN_MAX ||
	    (hello.user != NULL && hello.password_file == NULL)) {
		fprintf(stderr, "use: till_bench_hello --listen SOCKET [--children N]"
				" [--database SOCKET --user U --password-file F]\n");
		return 2;
	}
	return run(&hello);
}
