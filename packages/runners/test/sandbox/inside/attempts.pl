# Runs inside a sandbox. Reads what to try from descriptor 3, a line each, and answers each with a line: "ok VALUE" or "errno N".
use strict;
use warnings;

$SIG{XFSZ} = "IGNORE";
open my $channel, "+<&=", 3 or die "no channel: $!";
my @lines = <$channel>;
my @kept;

for my $line (@lines) {
    chomp $line;
    my ( $what, @words ) = split /\t/, $line;
    local $! = 0;
    my $value = eval { attempt( $what, @words ) };
    my $errno = $! + 0;
    my $answer = $@ ? "died $@" : defined $value ? "ok $value" : "errno $errno";
    $answer =~ s/\s+$//;
    print "$answer\n";
}

sub attempt {
    my ( $what, @words ) = @_;
    if ( $what eq "call" )  { return call(@words) }
    if ( $what eq "read" )  { open my $file, "<", $words[0] or return undef; my $text = <$file>; return defined $text ? $text : undef }
    if ( $what eq "write" ) { open my $file, ">>", $words[0] or return undef; return syswrite $file, "written\n" }
    if ( $what eq "list" )  { opendir my $dir, $words[0] or return undef; return join " ", sort grep { !/^\.\.?$/ } readdir $dir }
    if ( $what eq "stat" )  { my @stat = stat $words[0]; return @stat ? "there" : undef }
    if ( $what eq "link" )  { return symlink( $words[0], $words[1] ) ? 1 : undef }
    if ( $what eq "env" )   { return join " ", sort keys %ENV }
    if ( $what eq "pid" )   { return $$ }
    if ( $what eq "fork" )  { my $pid = fork; exit 0 if defined $pid && !$pid; waitpid $pid, 0 if $pid; return defined $pid ? "forked" : undef }
    if ( $what eq "processes" ) { return processes() }
    if ( $what eq "descriptors" ) { return descriptors() }
    if ( $what eq "open-many" ) { while ( push @kept, undef ) { open $kept[-1], "<", "/dev/null" or do { my $n = @kept; @kept = (); return $n } } }
    if ( $what eq "connect" || $what eq "send" ) { return reach( $what, @words ) }
    if ( $what eq "fill" )  { return fill(@words) }
    die "unknown attempt $what";
}

# Arguments: numbers as they are, "s:TEXT", "b:SIZE" for a zeroed buffer.
sub call {
    my ( $number, @arguments ) = @_;
    my @real = map { /^s:(.*)/ ? "$1" : /^b:(\d+)/ ? "\0" x $1 : $_ + 0 } @arguments;
    my $result = syscall $number + 0, @real;
    return $result == -1 ? undef : $result;
}

# Ids of all processes that can be seen, this one and its init apart.
sub processes {
    opendir my $dir, "/proc" or return undef;
    return join " ", grep { /^\d+$/ && $_ != $$ && $_ != 1 } readdir $dir;
}

# Numbers of the descriptors that are open, but for those this script opened.
sub descriptors {
    opendir my $dir, "/proc/self/fd" or return undef;
    my $own = fileno $dir;
    return join " ", sort { $a <=> $b } grep { /^\d+$/ && $_ != $own && readlink("/proc/self/fd/$_") !~ /attempts\.pl$/ } readdir $dir;
}

# Connects to, or sends a datagram to, an address given in hexadecimal.
sub reach {
    my ( $what, $family, $type, $address ) = @_;
    socket my $socket, $family, $type, 0 or return undef;
    my $to = pack "H*", $address;
    return $what eq "connect" ? connect( $socket, $to ) || undef : send( $socket, "x", 0, $to );
}

# Writes up to so many MiB and tells how many bytes there was room for.
sub fill {
    my ( $path, $mib ) = @_;
    open my $file, ">", $path or return undef;
    my $block = "x" x 65536;
    my $written = 0;
    while ( $written < $mib * 1048576 ) {
        my $now = syswrite $file, $block;
        last unless $now;
        $written += $now;
    }
    close $file;
    unlink $path;
    return $written;
}
