# Runs inside a sandbox: makes processes that would rather stay, in the way named, and writes a dot to descriptor 3 for each that is
# there. Started as: perl tree.pl WAY NUMBER-OF-SETSID
use strict;
use warnings;

my ( $way, $setsid ) = @ARGV;
my $COUNT = 6;
open my $channel, ">&=", 3 or die "no channel: $!";

my %WAYS = (
    forks    => sub { child( \&stay ) for 1 .. $COUNT },
    sessions => sub { child( sub { leave(); stay() } ) for 1 .. $COUNT },
    daemons  => sub { child( sub { leave(); child( \&stay ); exit 0 } ) for 1 .. $COUNT },
    stopped  => sub { child( sub { there(); kill "STOP", $$; sleep 1 while 1 } ) for 1 .. $COUNT },
    spinning => sub { child( sub { there(); 1 while 1 } ) for 1 .. $COUNT },
    deaf     => sub { $SIG{$_} = "IGNORE" for qw(TERM INT HUP QUIT USR1 USR2 PIPE); child( \&stay ) for 1 .. $COUNT },
    chain    => sub { chain($COUNT) },
    hopping  => sub { child( sub { there(); hop() } ) for 1 .. $COUNT },
    leaving  => sub { child( sub { leave(); child( \&stay ); exit 0 } ) for 1 .. $COUNT; wait for 1 .. $COUNT; sleep 1; exit 0 },
);
$WAYS{$way}->();
sleep 1 while 1;

sub child {
    my ($work) = @_;
    my $pid = fork;
    die "cannot fork: $!" unless defined $pid;
    return if $pid;
    $work->();
    exit 0;
}

sub there { syswrite $channel, "." }
sub stay  { there(); sleep 1 while 1 }
sub leave { syscall $setsid + 0 }

sub chain {
    my ($length) = @_;
    child( sub { there(); chain( $length - 1 ); sleep 1 while 1 } ) if $length;
}

# Is gone as soon as it is seen: only its child is there, and that does the same.
sub hop {
    while (1) { my $pid = fork; die "cannot fork: $!" unless defined $pid; exit 0 if $pid }
}
