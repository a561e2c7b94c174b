# Puts a program behind Landlock, a system call filter and rlimits, and watches it until nothing of it is left.
# Needs perl alone, without a module. Called as: perl launcher.pl
#   descriptor 4: settings, each word ended by a zero byte (see launch-landlock.ts)
#   descriptor 5: the filter, struct sock_filter[]
#   descriptor 6: takes {"child-pid": N}, N being the program
# The program keeps descriptors 0 to 3. Ends as the program ended; 128 and the signal's number if by a signal.
# Not `use warnings`: it stays beside each plugin, and every module is memory and time.
use strict;

my ( $CLOSE_RANGE, $FIRST_FOREIGN, $LAST ) = ( 436, 7, 0xffffffff );
my ( $CREATE_RULESET, $ADD_RULE, $RESTRICT_SELF ) = ( 444, 445, 446 );
my ( $PR_SET_PDEATHSIG, $PR_SET_CHILD_SUBREAPER, $PR_SET_NO_NEW_PRIVS ) = ( 1, 36, 38 );
my ( $SIGKILL, $SIGTERM, $EINTR ) = ( 9, 15, 4 );
my $O_PATH_CLOEXEC = 0x200000 | 0x80000;

# LANDLOCK_ACCESS_FS_*
my ( $EXECUTE, $WRITE_FILE, $READ_FILE, $READ_DIR ) = ( 1, 2, 4, 8 );
my ( $REMOVE_DIR, $REMOVE_FILE, $MAKE_DIR, $MAKE_REG, $MAKE_SYM ) = ( 0x10, 0x20, 0x80, 0x100, 0x1000 );
my ( $REFER, $TRUNCATE ) = ( 0x2000, 0x4000 );
my $OF_FILES = $EXECUTE | $WRITE_FILE | $READ_FILE | $TRUNCATE;
my $READ     = $EXECUTE | $READ_FILE | $READ_DIR;
my $WRITE    = $READ | $WRITE_FILE | $REMOVE_DIR | $REMOVE_FILE | $MAKE_DIR | $MAKE_REG | $MAKE_SYM | $REFER | $TRUNCATE;
my %RIGHTS = ( read => $READ, write => $WRITE, device => $READ_FILE | $WRITE_FILE );

my ( %one, %env, %calls, @rlimits, @rules, @own_pid_at, @command );
# A host that opened or inherited descriptors without care must not pass them on.
number( $CLOSE_RANGE, $FIRST_FOREIGN, $LAST, 0 );
read_settings();
my $filter = slurp(5);
run();

sub read_settings {
    my @words = split /\0/, slurp(4), -1;
    pop @words;
    while (@words) {
        my $word = shift @words;
        if    ( $word eq "command" )    { @command = @words; last }
        elsif ( $word eq "env" )        { my $name = shift @words; $env{$name} = shift @words }
        elsif ( $word eq "call" )       { my $name = shift @words; $calls{$name} = shift @words }
        elsif ( $word eq "rlimit" )     { push @rlimits, [ splice @words, 0, 2 ] }
        elsif ( $word eq "optional" )   { my $kind = shift @words; my $path = shift @words; push @rules, [ $RIGHTS{$kind}, $path ] if -e $path }
        elsif ( exists $RIGHTS{$word} ) { push @rules, [ $RIGHTS{$word}, shift @words ] }
        elsif ( $word eq "own-pid-at" ) { push @own_pid_at, shift @words }
        elsif ( $word eq "abi" || $word eq "folder" ) { $one{$word} = shift @words }
        else  { die "launcher: unknown setting $word\n" }
    }
    die "launcher: no command\n" unless @command;
}

sub run {
    # Whatever the program leaves behind becomes a child of this process, so it knows when nothing is left.
    call( "prctl", $PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0 );
    call( "prctl", $PR_SET_PDEATHSIG, $SIGTERM, 0, 0, 0 );
    my $host = getppid;
    my $pid;
    my $end = sub { kill "KILL", -$pid if $pid };
    local $SIG{TERM} = $end;
    pipe my $reader, my $writer or die "launcher: $!\n";
    my $monitor = $$;
    $pid = fork // die "launcher: $!\n";
    if ( !$pid ) {
        close $writer;
        # Not before the monitor knows of it: what it cannot name it cannot end.
        sysread $reader, my $go, 1 or exit 1;
        close $reader;
        become_program($monitor);
    }
    close $reader;
    open my $info, ">&=", 6 or die "launcher: $!\n";
    syswrite $info, "{\"child-pid\": $pid}";
    close $info;
    open my $channel, "<&=", 3;
    close $channel;
    open STDIN,  "<", "/dev/null";
    open STDOUT, ">", "/dev/null";
    # The host may have died before this process asked to be told.
    $host == getppid or exit 1;
    syswrite $writer, "g";
    close $writer;

    my $status;
    while (1) {
        my $dead = waitpid -1, 0;
        if ( $dead == $pid ) { $status = $?; kill "KILL", -$pid }
        last if $dead == -1 && $! != $EINTR;
    }
    exit 1 unless defined $status;
    exit( $status & 127 ? 128 + ( $status & 127 ) : $status >> 8 );
}

sub become_program {
    my ($monitor) = @_;
    $SIG{TERM} = "DEFAULT";
    # A group of its own, which the filter lets no descendant leave.
    call("setsid");
    call( "prctl", $PR_SET_PDEATHSIG, $SIGKILL, 0, 0, 0 );
    getppid == $monitor or exit 1;
    close_descriptor(6);
    chdir $one{folder} or die "launcher: cannot enter $one{folder}: $!\n";
    for my $rlimit (@rlimits) {
        my $value = pack "QQ", ( $rlimit->[1] ) x 2;
        call( "prlimit64", 0, $rlimit->[0] + 0, $value, 0 );
    }
    call( "prctl", $PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0 );
    restrict_files( $one{abi} );
    substr( $filter, $_, 4 ) = pack "L", $$ for @own_pid_at;
    my $program = pack "Sx6P", length($filter) / 8, $filter;
    %ENV = %env;
    call( "seccomp", 1, 0, $program );
    exec { $command[0] } @command;
    die "launcher: cannot start $command[0]: $!\n";
}

sub restrict_files {
    my ($abi) = @_;
    my $handled = 0x1fff | ( $abi >= 2 ? $REFER : 0 ) | ( $abi >= 3 ? $TRUNCATE : 0 ) | ( $abi >= 5 ? 0x8000 : 0 );
    my $attributes = pack "Q", $handled;
    # No TCP port is allowed, and signals and abstract sockets stay within.
    $attributes .= pack "Q", 3 if $abi >= 4;
    $attributes .= pack "Q", 3 if $abi >= 6;
    my $ruleset = number( $CREATE_RULESET, $attributes, length $attributes, 0 );
    for my $rule (@rules) {
        my ( $rights, $path ) = @$rule;
        sysopen my $beneath, $path, $O_PATH_CLOEXEC or die "launcher: cannot grant $path: $!\n";
        $rights &= $handled;
        $rights &= $OF_FILES unless -d $beneath;
        my $allowed = pack "Ql", $rights, fileno $beneath;
        number( $ADD_RULE, $ruleset, 1, $allowed, 0 );
    }
    number( $RESTRICT_SELF, $ruleset, 0 );
    close_descriptor($ruleset);
}

sub call {
    my ( $name, @arguments ) = @_;
    return number( $calls{$name} + 0, @arguments );
}

sub number {
    my ( $number, @arguments ) = @_;
    my $result = syscall $number, @arguments;
    die "launcher: system call $number: $!\n" if $result == -1;
    return $result;
}

sub slurp {
    my ($descriptor) = @_;
    open my $handle, "<&=", $descriptor or die "launcher: descriptor $descriptor: $!\n";
    binmode $handle;
    local $/ = undef;
    my $text = <$handle>;
    close $handle;
    return $text;
}

sub close_descriptor {
    my ($descriptor) = @_;
    open my $handle, "<&=", $descriptor or return;
    close $handle;
}
